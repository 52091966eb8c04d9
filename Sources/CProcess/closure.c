#include "CProcess.h"

// Swift passes a closure as its code and its captures, and hands the captures back in a register of
// their own: clang's swiftcall and swift_context.
#define CAPTURES __attribute__((swift_context)) const void *

struct cprocess_body {
  __attribute__((swiftcall)) void (*code)(long job, long thread, CAPTURES);
  const void *captures;
};

typedef __attribute__((swiftcall)) void (*cprocess_use)(const struct cprocess_body *, CAPTURES);

// (body: (Int, Int) -> Void, use: (OpaquePointer) -> Void) -> Void: `body` lives until `use` returns.
__attribute__((swiftcall)) void cprocess_lend(
    __attribute__((swiftcall)) void (*code)(long, long, CAPTURES), const void *captures,
    cprocess_use use, const void *use_captures) {
  const struct cprocess_body body = {code, captures};
  use(&body, use_captures);
}

void cprocess_call(const cprocess_body *body, long job, long thread) {
  body->code(job, thread, body->captures);
}
