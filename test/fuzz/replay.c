/*
 * replay.c - runs a fuzzer without libFuzzer: every file of the corpus, every cut of the small ones, and mutations of each from a
 * fixed seed, so that a failure is the same every time.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUTATIONS 40
#define CUT_LIMIT 512			/* files up to this size are also tried cut at every byte */
#define SIZE_LIMIT (4 << 20)

static uint64_t seed = 0x9E3779B97F4A7C15u;
static unsigned long inputs;

static uint32_t
next_random(uint32_t bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t) (seed >> 32) % bound;
}

/* try_input hands a copy of exactly its size to the fuzzer, so that the sanitizer sees a read beyond its end. */
static void
try_input(const uint8_t *data, size_t size)
{
	uint8_t    *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL)
		exit(3);
	if (size > 0)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	inputs++;
}

static void
mutate(uint8_t *data, size_t size)
{
	static const char telling[] = "\"',;\t\r\n\0-+.0123456789\xFF\x80\x81\x30<>&=:/\\";

	for (uint32_t change = 1 + next_random(6); change > 0; change--)
	{
		size_t		place = next_random((uint32_t) size);

		switch (next_random(4))
		{
			case 0:
				data[place] = (uint8_t) next_random(256);
				break;
			case 1:
				data[place] ^= (uint8_t) (1u << next_random(8));
				break;
			case 2:
				data[place] = (uint8_t) telling[next_random(sizeof(telling) - 1)];
				break;
			default:
				{
					size_t		length = 1 + next_random(16);
					size_t		from = next_random((uint32_t) size);

					if (length > size - place)
						length = size - place;
					if (length > size - from)
						length = size - from;
					memmove(data + place, data + from, length);
				}
		}
	}
}

static int
replay_file(const char *path)
{
	FILE	   *file = fopen(path, "rb");
	uint8_t    *data;
	uint8_t    *changed;
	size_t		size;

	if (file == NULL)
	{
		perror(path);
		return 1;
	}
	data = malloc(SIZE_LIMIT);
	changed = malloc(SIZE_LIMIT);
	if (data == NULL || changed == NULL)
		exit(3);
	size = fread(data, 1, SIZE_LIMIT, file);
	fclose(file);
	fprintf(stderr, "%s\n", path);
	try_input(data, size);
	if (size <= CUT_LIMIT)
		for (size_t cut = 0; cut < size; cut++)
			try_input(data, cut);
	for (int round = 0; size > 0 && round < MUTATIONS; round++)
	{
		memcpy(changed, data, size);
		mutate(changed, size);
		try_input(changed, next_random(4) == 0 ? next_random((uint32_t) size) : size);
	}
	free(data);
	free(changed);
	return 0;
}

static int
compare_names(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static int
replay_path(const char *path)
{
	struct stat status;
	struct dirent **entries;
	int			failures = 0;

	if (stat(path, &status) != 0)
	{
		perror(path);
		return 1;
	}
	if (!S_ISDIR(status.st_mode))
		return replay_file(path);

	int			count = scandir(path, &entries, NULL, compare_names);

	for (int i = 0; i < count; i++)
	{
		char		name[4096];

		if (entries[i]->d_name[0] != '.')
		{
			snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
			failures += replay_path(name);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return failures;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
	int			failures = 0;

	try_input((const uint8_t *) "", 0);
	for (int i = 1; i < argc; i++)
		failures += replay_path(argv[i]);
	printf("%s, %lu inputs\n", name, inputs);
	return failures == 0 ? 0 : 1;
}
