/* pinyin: how Chinese characters are read, as syllables without tones: every common reading, the one
 * that a family name has first (曾 zeng, ceng; 单 shan, dan, chan). The table covers U+3400 to U+9FFF
 * and the rarer characters of the Table of General Standard Characters; pinyin_table.py makes it.
 *
 * A syllable is written with v for ü (吕 is "lv"); what people type may have u there as well, and v
 * where a u is spoken ü (ju, qu, xu, yu).
 *
 * Memory:  static tables.  Threads: any.  Fails: never. */
#pragma once

#include "base/slice.h"

#define DATA_PINYIN_READINGS 6 /* the most that one character has */
#define DATA_PINYIN_SIZE 6     /* letters of the longest syllable */

/* Fills in the character's readings and returns how many there are; 0 for what is not in the table. */
size_t data_pinyin_readings(uint32_t point, const char *readings[DATA_PINYIN_READINGS]);

/* All syllables, in the order of their bytes: 0 to data_pinyin_count() - 1. */
size_t data_pinyin_count(void);
const char *data_pinyin_syllable(size_t place);

/* Whether `typed` spells the syllable or the beginning of it. */
bool data_pinyin_begins(const char *syllable, base_slice typed);
