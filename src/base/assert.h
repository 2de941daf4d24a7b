/* assert() states what our own code guarantees, never what input must be. In what is installed a
 * failed one is a trap, without a text: the texts, and the C library's printf for them, would add
 * 13 KB to the program. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#ifdef ASSERT_TRAPS
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#include <assert.h>
#endif

#endif
