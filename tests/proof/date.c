/* Any SIZE bytes are a date between the years 0 and 9999, or none. */
#include "http/date.h"
#include "proof.h"

int main(void) {
    char data[SIZE];
    int64_t seconds = -1;
    choose_bytes(data, SIZE);
    if (date_parse((span){data, SIZE}, &seconds)) {
        assert(seconds >= INT64_C(-62198755200) && seconds <= INT64_C(253402300800));
    } else {
        assert(seconds == -1);
    }
    return 0;
}
