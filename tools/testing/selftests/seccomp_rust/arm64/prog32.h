/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The 32-bit program. A 64-bit one cannot make 32-bit calls, but it can become
 * this one, under the filters that it has; its words are said in prog32.c.
 */
#ifndef PROG32_H
#define PROG32_H

/* Its file, where there was a compiler for it. */
extern const char prog32[];
extern const long prog32_size;

/* Becomes the program, with these words and NULL behind them. Returns if it cannot. */
#define exec32(...)	exec32_words((char *const []){ "prog32", __VA_ARGS__, NULL })
void exec32_words(char *const words[]);

#endif
