#include "cache/note.h"

#include "base/error.h"
#include "base/number.h"

#include <string.h>

static bool note_is_shared(pinetoken_status status) {
    return status == PINETOKEN_REJECTED || status == PINETOKEN_NETWORK || status == PINETOKEN_TLS ||
           status == PINETOKEN_PROTOCOL || status == PINETOKEN_THROTTLED ||
           status == PINETOKEN_UNAVAILABLE;
}

void note_write_identity(struct buffer *out, span salt, span identity) {
    char digest[ENTRY_KEY_SIZE];
    if (salt.size == NOTE_SALT_SIZE && entry_salted(salt, identity, digest)) {
        buffer_append(out, salt);
        buffer_append(out, (span){digest, sizeof digest});
    }
}

bool note_take_identity(span *note, span identity) {
    char digest[ENTRY_KEY_SIZE];
    const size_t end = NOTE_SALT_SIZE + sizeof digest;
    if (note->size < end || !entry_salted(span_cut(*note, 0, NOTE_SALT_SIZE), identity, digest) ||
        !span_equal(span_cut(*note, NOTE_SALT_SIZE, end), (span){digest, sizeof digest})) {
        return false;
    }
    *note = span_cut(*note, end, note->size);
    return true;
}

void note_write(struct buffer *out, const pinetoken_error *error) {
    if (note_is_shared(error->status)) {
        buffer_append_number(out, (uint64_t)error->status);
        buffer_append_byte(out, ' ');
        buffer_append_text(out, error->message);
        buffer_append_byte(out, '\n');
        buffer_append_text(out, error->advice);
    }
}

/* NUL-terminated, to out[0..capacity). False: it is too long, or not a line of printable ASCII. */
static bool note_copy(span text, char *out, size_t capacity) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e) {
            return false;
        }
    }
    if (text.size >= capacity) {
        return false;
    }
    if (text.size > 0) {
        memcpy(out, text.data, text.size);
    }
    out[text.size] = '\0';
    return true;
}

bool note_read(span note, pinetoken_error *error) {
    char message[PINETOKEN_MESSAGE_CAPACITY];
    char advice[PINETOKEN_ADVICE_CAPACITY];
    uint64_t status = 0;
    size_t blank = span_find(note, ' ');
    size_t line = span_find(note, '\n');
    if (blank == note.size || line == note.size || blank > line ||
        !number_parse(span_cut(note, 0, blank), 10, PINETOKEN_UNAVAILABLE, &status) ||
        !note_is_shared((pinetoken_status)status) ||
        !note_copy(span_cut(note, blank + 1, line), message, sizeof message) ||
        !note_copy(span_cut(note, line + 1, note.size), advice, sizeof advice)) {
        return false;
    }
    error_begin(error, (pinetoken_status)status, message);
    error_advise(error, advice);
    return true;
}
