// SPDX-License-Identifier: GPL-2.0

#include <linux/sched.h>
#include <linux/uaccess.h>

__rust_helper int rust_helper_copy_struct_from_user(void *dst, size_t ksize,
						    const void __user *src,
						    size_t usize)
{
	return copy_struct_from_user(dst, ksize, src, usize);
}

/*
 * Few words, without a call, most of them by fives as the structure of a
 * notification has ten. They need not be aligned in user space. What
 * fails is to be tried again with what the architecture offers for any copy.
 * That alone can be made to fail, so that a task of which a step is to fail
 * goes there at once.
 */
static __always_inline bool words_of_user(void)
{
#ifdef CONFIG_FAULT_INJECTION_USERCOPY
	if (READ_ONCE(current->fail_nth))
		return false;
#endif
	return IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS);
}

__rust_helper bool rust_helper_user_words_are_zero(const unsigned long __user *from,
						   size_t words)
{
	unsigned long seen = 0;
	unsigned long word[5];

	might_fault();
	if (!words_of_user() || !user_read_access_begin(from, words * sizeof(*from)))
		return false;

	for (; words >= 5; words -= 5, from += 5) {
		unsafe_get_user(word[0], from, fault);
		unsafe_get_user(word[1], from + 1, fault);
		unsafe_get_user(word[2], from + 2, fault);
		unsafe_get_user(word[3], from + 3, fault);
		unsafe_get_user(word[4], from + 4, fault);
		seen |= word[0] | word[1] | word[2] | word[3] | word[4];
	}
	for (; words; words--, from++) {
		unsafe_get_user(word[0], from, fault);
		seen |= word[0];
	}
	user_read_access_end();
	return !seen;

fault:
	user_read_access_end();
	return false;
}

__rust_helper bool rust_helper_read_user_words(unsigned long *to,
					       const unsigned long __user *from,
					       size_t words)
{
	size_t i;

	might_fault();
	if (!words_of_user() || !user_read_access_begin(from, words * sizeof(*to)))
		return false;

	for (i = 0; i < words; i++)
		unsafe_get_user(to[i], from + i, fault);
	user_read_access_end();
	return true;

fault:
	user_read_access_end();
	return false;
}

__rust_helper bool rust_helper_write_user_words(unsigned long __user *to,
						const unsigned long *from,
						size_t words)
{
	might_fault();
	if (!words_of_user() || !user_write_access_begin(to, words * sizeof(*from)))
		return false;

	for (; words >= 5; words -= 5, to += 5, from += 5) {
		unsafe_put_user(from[0], to, fault);
		unsafe_put_user(from[1], to + 1, fault);
		unsafe_put_user(from[2], to + 2, fault);
		unsafe_put_user(from[3], to + 3, fault);
		unsafe_put_user(from[4], to + 4, fault);
	}
	for (; words; words--, to++, from++)
		unsafe_put_user(*from, to, fault);
	user_write_access_end();
	return true;

fault:
	user_write_access_end();
	return false;
}
