/* Writes a valid response as the input chooses, which must give its token; then damages it in one
 * place, which must be noticed. */
#include "base/buffer.h"
#include "exchange_run.h"

#define TOKEN "a.valid-token_~+/="

enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };
enum fault {
    FAULT_NONE,
    FAULT_BARE_LF,
    FAULT_NUL,
    FAULT_VERSION,
    FAULT_STATUS,
    FAULT_BLANK_BEFORE_COLON,
    FAULT_OBS_FOLD,
    FAULT_LENGTH_AND_CHUNKS,
    FAULT_SIGNED_SIZE,
    FAULT_BODY_CUT,
    FAULT_NOT_CLOSED_WELL,
    FAULT_JSON_COMMA,
    FAULT_JSON_TWICE,
    FAULT_JSON_TAIL,
    FAULT_JSON_UTF8,
    FAULT_TOKEN_TYPE,
    FAULT_TOKEN_CHARACTER,
    FAULT_EXPIRY,
    FAULTS
};

static void write_body(struct buffer *out, uint8_t blanks, enum fault fault) {
    buffer_append(out, SPAN("{"));
    for (uint8_t i = 0; i < blanks; i++) {
        buffer_append(out, SPAN(" \t\r\n"));
    }
    buffer_append(out, SPAN("\"access_token\":\"" TOKEN));
    buffer_append(out, fault == FAULT_TOKEN_CHARACTER ? SPAN("\\u0000\"") : SPAN("\""));
    buffer_append(out, fault == FAULT_JSON_COMMA ? SPAN(" ") : SPAN(","));
    buffer_append(out, fault == FAULT_TOKEN_TYPE ? SPAN("\"token_type\":\"mac\"")
                                                 : SPAN("\"token_type\":\"bearer\""));
    buffer_append(out,
                  fault == FAULT_EXPIRY ? SPAN(",\"expires_in\":-1") : SPAN(",\"expires_in\":60"));
    buffer_append(out,
                  fault == FAULT_JSON_TWICE ? SPAN(",\"acc\\u0065ss_token\":\"x\"") : SPAN(""));
    buffer_append(out,
                  fault == FAULT_JSON_UTF8 ? SPAN(",\"x\":\"\xed\xa0\x80\"}") : SPAN(",\"x\":[]}"));
    buffer_append(out, fault == FAULT_JSON_TAIL ? SPAN("{}") : SPAN(""));
}

static void write_chunks(struct buffer *out, span body, uint8_t size, enum fault fault) {
    static const char hex[] = "0123456789abcdef";
    size_t step = size % 15 + 1;
    for (size_t at = 0; at < body.size; at += step) {
        size_t part = step < body.size - at ? step : body.size - at;
        buffer_append(out, fault == FAULT_SIGNED_SIZE ? SPAN("+") : SPAN(""));
        buffer_append_byte(out, hex[part]);
        buffer_append(out, size % 2 == 0 ? SPAN("\r\n") : SPAN(";x=y\r\n"));
        buffer_append(out, span_cut(body, at, at + part));
        buffer_append(out, SPAN("\r\n"));
    }
    buffer_append(out, size % 3 == 0 ? SPAN("0\r\n\r\n") : SPAN("000\r\nTrailer: x\r\n\r\n"));
}

static void write_head(struct buffer *out, const uint8_t choices[3], enum framing framing,
                       size_t body_size, enum fault fault) {
    for (uint8_t i = 0; i < choices[0] % 4; i++) {
        buffer_append(out, SPAN("HTTP/1.1 103 Early\r\nContent-Length: 7\r\n\r\n"));
    }
    buffer_append(out, fault == FAULT_VERSION ? SPAN("HTTP/1.2") : SPAN("HTTP/1.1"));
    buffer_append(out, fault == FAULT_STATUS ? SPAN(" 2OO") : SPAN(" 200"));
    buffer_append(out, choices[0] % 2 == 0 ? SPAN(" OK\r\n") : SPAN("\r\n"));
    for (uint8_t i = 0; i < choices[1] % 50; i++) {
        buffer_append(out, SPAN("X-Field:\t v\xff \r\n"));
    }
    buffer_append(out, fault == FAULT_BARE_LF ? SPAN("A: b\n") : SPAN(""));
    buffer_append(out, fault == FAULT_NUL ? SPAN("A: \0\r\n") : SPAN(""));
    buffer_append(out, fault == FAULT_BLANK_BEFORE_COLON ? SPAN("A : b\r\n") : SPAN(""));
    buffer_append(out, fault == FAULT_OBS_FOLD ? SPAN("A: b\r\n c\r\n") : SPAN(""));
    if (framing == FRAMING_LENGTH || fault == FAULT_LENGTH_AND_CHUNKS) {
        buffer_append(out, SPAN("Content-Length: "));
        buffer_append(out, fault == FAULT_SIGNED_SIZE ? SPAN("+") : SPAN(""));
        buffer_append_number(out, body_size);
        buffer_append(out, SPAN("\r\n"));
    }
    if (framing == FRAMING_CHUNKED || fault == FAULT_LENGTH_AND_CHUNKS) {
        buffer_append(out, SPAN("Transfer-Encoding: chunked\r\n"));
    }
    buffer_append(out, SPAN("\r\n"));
}

/* Those that mean something by this framing. */
static bool applies(enum fault fault, enum framing framing) {
    if (fault == FAULT_SIGNED_SIZE) {
        return framing != FRAMING_CLOSE;
    }
    return fault != FAULT_NOT_CLOSED_WELL || framing == FRAMING_CLOSE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct worker_result result;
    char body_data[4096];
    char data_out[16384];
    struct buffer body;
    struct buffer out;
    enum fault fault = (enum fault)(take_choice(&data, &size) % FAULTS);
    enum framing framing = (enum framing)(take_choice(&data, &size) % 3);
    const uint8_t choices[3] = {take_choice(&data, &size), take_choice(&data, &size),
                                take_choice(&data, &size)};
    size_t cut = (size_t)take_choice(&data, &size) << 3;
    buffer_init(&body, body_data, sizeof body_data);
    buffer_init(&out, data_out, sizeof data_out);
    write_body(&body, choices[2], fault);
    write_head(&out, choices, framing, body.size, fault);
    if (framing == FRAMING_CHUNKED) {
        write_chunks(&out, buffer_span(&body), choices[2], fault);
    } else {
        buffer_append(&out, buffer_span(&body));
    }
    REQUIRE(!body.overflow && !out.overflow);
    span text = buffer_span(&out);
    enum end end = framing == FRAMING_CLOSE ? END_CLOSED : END_OPEN;
    if (fault == FAULT_BODY_CUT) {
        text.size--;
        end = END_CUT;
    }
    end = fault == FAULT_NOT_CLOSED_WELL ? END_CUT : end;
    exchange_run_every_way(text, cut, end, &result);
    if (fault == FAULT_NONE || !applies(fault, framing)) {
        REQUIRE(result.state == PINETOKEN_COMPLETE);
        REQUIRE(result.token_size == sizeof TOKEN - 1);
    } else {
        REQUIRE(result.state == PINETOKEN_FAILED);
        REQUIRE(result.error.status == PINETOKEN_PROTOCOL);
    }
    return 0;
}
