/* disk: what may be on a disk when the power fails: a recorded log (record.h) taken in event by event,
 * and images of the directory as a machine might find it after a power cut at that point.
 *
 * What a finished sync covered is there. Of the rest each write may be there or not, whole or torn at
 * 512 bytes, in any order; a size may have grown or not; and an entry of a directory (made, renamed,
 * removed) may be known or not until that directory itself was synced. A write through O_DSYNC may
 * be torn while it is the last event, and is there afterwards.
 *
 * Memory:  the disk keeps copies of what is durable; log bytes must stay, and may be changed.
 * Threads: one.
 * Fails:   ends the program with a line on standard error when an image cannot be written or the
 *          log is not one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

typedef struct disk disk;

/* Numbers from a seed. */
typedef struct disk_chance {
  uint64_t state;
} disk_chance;

uint64_t disk_chance_below(disk_chance *chance, uint64_t limit);

/* How much of what is not yet durable an image has. */
typedef enum disk_style {
  DISK_WHOLE,   /* everything: what a killed process leaves */
  DISK_DROPPED, /* nothing */
  DISK_PREFIX,  /* the first so many, and the next one torn */
  DISK_SOME,    /* each by a coin */
  DISK_SECTORS, /* each 512 bytes by a coin */
  DISK_STYLES,
  DISK_MIXED = DISK_STYLES, /* every file and directory in a style of its own */
} disk_style;

/* A disk that holds the files of `base`, all durable; NULL: an empty one. */
disk *disk_new(const char *base);
void disk_free(disk *freed);

/* The event at `bytes`; its size, or 0 when the log ends before it does. */
size_t disk_event_size(const uint8_t *bytes, size_t left);

/* Takes in one event. */
void disk_apply(disk *self, uint8_t *event);

/* Whether anything is not yet durable. */
bool disk_pending(const disk *self);

/* Writes an image into `directory`, which must not exist. */
void disk_write_image(disk *self, const char *directory, disk_style style, disk_chance *chance);
