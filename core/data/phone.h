/* phone: the normalised form that indexes and unique rules use; the record keeps what was typed.
 *
 * "138-0000-1001", "+86 138 0000 1001", "（０１３８）…" in full width, "0086…": one form. Mobile
 * numbers become 11 digits; land lines keep their area code ("053112345678"); foreign numbers keep
 * "+" and their country code; an extension follows "x".
 *
 * Memory:  the caller's buffer.  Threads: any.
 * Fails:   false when the text cannot be a phone number (fewer than 5 or more than 20 digits, or
 *          characters that no notation uses). */
#pragma once

#include "base/buffer.h"

bool data_phone_normal(base_slice typed, base_buffer *out);
