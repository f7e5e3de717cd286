/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Filters with numbers. Each makes a call that does nothing give its number, and
 * of several the newest counts: so a thread can tell by one call how far it is.
 * Numbers start with 1 and go up by one.
 */
#ifndef MARK_H
#define MARK_H

#define MOST_MARKS	120

/* Installs filter @number; marks of one @kind, 0 or 1, leave those of the other alone. */
long mark(unsigned long flags, int kind, int number);

/* The newest one that the caller is under, or 0. */
int marked(int kind);

#endif
