/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SAMPLE_ARRAY_H
#define SAMPLE_ARRAY_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* SAMPLE_ARRAY_H */
