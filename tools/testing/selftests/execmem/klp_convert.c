// SPDX-License-Identifier: GPL-2.0
/*
 * Makes livepatch symbols and relocations of those that the compiler emits,
 * see Documentation/livepatch/module-elf-format.rst.
 */
#define _GNU_SOURCE

#include "../module/modtest.h"
#include "klp_convert.h"

#ifndef SHF_RELA_LIVEPATCH
#define SHF_RELA_LIVEPATCH	0x00100000
#endif
#ifndef SHN_LIVEPATCH
#define SHN_LIVEPATCH		0xff20
#endif

#define KLP_PREFIX	"klp_sym__"
#define KLP_SYM		".klp.sym."
#define KLP_RELA	".klp.rela."

static Elf64_Ehdr *klp_ehdr(const struct klp_file *file)
{
	return (void *)file->image;
}

static Elf64_Shdr *klp_shdr(const struct klp_file *file, unsigned int i)
{
	return (Elf64_Shdr *)(file->image + klp_ehdr(file)->e_shoff) + i;
}

static char *klp_string(const struct klp_file *file, unsigned int table,
			unsigned int offset)
{
	return (char *)file->image + klp_shdr(file, table)->sh_offset + offset;
}

static const char *klp_section_name(const struct klp_file *file,
				    unsigned int i)
{
	return klp_string(file, klp_ehdr(file)->e_shstrndx,
			  klp_shdr(file, i)->sh_name);
}

static unsigned int klp_symtab(const struct klp_file *file)
{
	unsigned int i;

	for (i = 1; i < klp_ehdr(file)->e_shnum; i++)
		if (klp_shdr(file, i)->sh_type == SHT_SYMTAB)
			return i;

	return 0;
}

static Elf64_Sym *klp_sym(const struct klp_file *file, unsigned int i)
{
	return (Elf64_Sym *)(file->image +
			     klp_shdr(file, klp_symtab(file))->sh_offset) + i;
}

static char *klp_sym_name(const struct klp_file *file, unsigned int i)
{
	return klp_string(file, klp_shdr(file, klp_symtab(file))->sh_link,
			  klp_sym(file, i)->st_name);
}

/* Appends @len zeroed bytes; pointers into the image are no longer valid. */
static int klp_append(struct klp_file *file, size_t len, size_t *offset)
{
	size_t start = (file->size + 7) & ~7UL;
	unsigned char *image = realloc(file->image, start + len);

	if (!image)
		return -ENOMEM;

	memset(image + file->size, 0, start + len - file->size);
	file->image = image;
	file->size = start + len;
	*offset = start;
	return 0;
}

/* Moves section @i to the end, with @more zeroed bytes behind it. */
static int klp_move(struct klp_file *file, unsigned int i, size_t more)
{
	size_t offset, size = klp_shdr(file, i)->sh_size;
	int ret = klp_append(file, size + more, &offset);
	Elf64_Shdr *shdr;

	if (ret)
		return ret;

	shdr = klp_shdr(file, i);
	memcpy(file->image + offset, file->image + shdr->sh_offset, size);
	shdr->sh_offset = offset;
	shdr->sh_size = size + more;
	return 0;
}

/* Appends a string to table @i. */
static int klp_add_string(struct klp_file *file, unsigned int i,
			  const char *string, unsigned int *offset)
{
	int ret;

	*offset = klp_shdr(file, i)->sh_size;
	ret = klp_move(file, i, strlen(string) + 1);
	if (!ret)
		strcpy(klp_string(file, i, *offset), string);
	return ret;
}

/* A header for one more section: the table moves to the end. */
static int klp_add_section(struct klp_file *file, const Elf64_Shdr *shdr)
{
	size_t size = klp_ehdr(file)->e_shnum * sizeof(*shdr), offset;
	int ret = klp_append(file, size + sizeof(*shdr), &offset);

	if (ret)
		return ret;

	memcpy(file->image + offset, file->image + klp_ehdr(file)->e_shoff,
	       size);
	memcpy(file->image + offset + size, shdr, sizeof(*shdr));
	klp_ehdr(file)->e_shoff = offset;
	klp_ehdr(file)->e_shnum++;
	return 0;
}

/* The object in a name of either form, or false for any other symbol */
static bool klp_object(const char *name, char *object, size_t size)
{
	const char *end;

	if (!strncmp(name, KLP_PREFIX, strlen(KLP_PREFIX))) {
		name += strlen(KLP_PREFIX);
		end = strstr(name, "__");
	} else if (!strncmp(name, KLP_SYM, strlen(KLP_SYM))) {
		name += strlen(KLP_SYM);
		end = strchr(name, '.');
	} else {
		return false;
	}

	if (!end || (size_t)(end - name) >= size)
		return false;

	memcpy(object, name, end - name);
	object[end - name] = '\0';
	return true;
}

static bool klp_is_for(const struct klp_file *file, const Elf64_Rela *rela,
		       const char *object)
{
	char name[64];

	return klp_object(klp_sym_name(file, ELF64_R_SYM(rela->r_info)), name,
			  sizeof(name)) && !strcmp(name, object);
}

static int klp_convert_symbol(struct klp_file *file, unsigned int i)
{
	char object[64], name[512];
	const char *old = klp_sym_name(file, i);
	unsigned int offset;
	Elf64_Sym *sym;
	int ret;

	if (!klp_object(old, object, sizeof(object)))
		return 0;

	snprintf(name, sizeof(name), KLP_SYM "%s.%s,0", object,
		 old + strlen(KLP_PREFIX) + strlen(object) + 2);
	ret = klp_add_string(file, klp_shdr(file, klp_symtab(file))->sh_link,
			     name, &offset);
	if (ret)
		return ret;

	sym = klp_sym(file, i);
	sym->st_name = offset;
	sym->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
	sym->st_shndx = SHN_LIVEPATCH;
	sym->st_value = 0;
	return 0;
}

/* The relocations of section @i for @object, into a section of their own */
static int klp_split(struct klp_file *file, unsigned int i, const char *object,
		     size_t nr)
{
	size_t offset, left = 0, old_nr, j;
	Elf64_Shdr shdr = *klp_shdr(file, i);
	Elf64_Rela *relas, *new;
	char name[256];
	int ret;

	snprintf(name, sizeof(name), KLP_RELA "%s%s", object,
		 klp_section_name(file, shdr.sh_info));
	ret = klp_append(file, nr * sizeof(*new), &offset);
	if (!ret)
		ret = klp_add_string(file, klp_ehdr(file)->e_shstrndx, name,
				     &shdr.sh_name);
	if (ret)
		return ret;

	old_nr = shdr.sh_size / sizeof(*relas);
	relas = (void *)(file->image + shdr.sh_offset);
	new = (void *)(file->image + offset);
	for (j = 0; j < old_nr; j++) {
		if (klp_is_for(file, &relas[j], object))
			*new++ = relas[j];
		else
			relas[left++] = relas[j];
	}

	klp_shdr(file, i)->sh_size = left * sizeof(*relas);
	shdr.sh_offset = offset;
	shdr.sh_size = nr * sizeof(*new);
	shdr.sh_flags |= SHF_ALLOC | SHF_RELA_LIVEPATCH;
	return klp_add_section(file, &shdr);
}

static int klp_convert_section(struct klp_file *file, unsigned int i)
{
	const Elf64_Shdr *shdr = klp_shdr(file, i);
	const Elf64_Rela *relas;
	char object[64];
	size_t j, k, nr;
	int ret = 0;

	if (shdr->sh_type != SHT_RELA || shdr->sh_flags & SHF_RELA_LIVEPATCH ||
	    !(klp_shdr(file, shdr->sh_info)->sh_flags & SHF_ALLOC))
		return 0;

	for (j = 0; !ret && j * sizeof(*relas) < klp_shdr(file, i)->sh_size;
	     j++) {
		shdr = klp_shdr(file, i);
		relas = (void *)(file->image + shdr->sh_offset);
		if (!klp_object(klp_sym_name(file,
					     ELF64_R_SYM(relas[j].r_info)),
				object, sizeof(object)))
			continue;

		nr = shdr->sh_size / sizeof(*relas);
		for (k = j, nr -= j; k < shdr->sh_size / sizeof(*relas); k++)
			nr -= !klp_is_for(file, &relas[k], object);
		ret = klp_split(file, i, object, nr);
		/* What was behind is here now. */
		j--;
	}

	return ret;
}

static int klp_read(const char *path, struct klp_file *file)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;

	file->image = (unsigned char *)modtest_slurp(path);
	file->size = st.st_size;
	if (!file->image)
		return -errno;

	if (file->size < sizeof(Elf64_Ehdr) ||
	    memcmp(file->image, ELFMAG, SELFMAG) || !klp_symtab(file))
		return -ENOEXEC;
	return 0;
}

int klp_convert(const char *path, struct klp_file *file)
{
	unsigned int i, nr;
	int ret;

	memset(file, 0, sizeof(*file));
	ret = klp_read(path, file);
	nr = ret ? 0 : klp_shdr(file, klp_symtab(file))->sh_size /
		       sizeof(Elf64_Sym);
	for (i = 1; !ret && i < nr; i++)
		ret = klp_convert_symbol(file, i);

	nr = ret ? 0 : klp_ehdr(file)->e_shnum;
	for (i = 1; !ret && i < nr; i++)
		ret = klp_convert_section(file, i);

	if (ret) {
		ksft_print_msg("%s is not converted: %d\n", path, ret);
		klp_free(file);
	}
	return ret;
}

void klp_free(struct klp_file *file)
{
	free(file->image);
	memset(file, 0, sizeof(*file));
}

int klp_sections(const struct klp_file *file, struct klp_section sections[])
{
	const Elf64_Shdr *shdr;
	unsigned int i, nr = 0;

	for (i = 1; i < klp_ehdr(file)->e_shnum; i++) {
		shdr = klp_shdr(file, i);
		if (!(shdr->sh_flags & SHF_RELA_LIVEPATCH))
			continue;
		if (nr == KLP_MAX_SECTIONS ||
		    sscanf(klp_section_name(file, i), KLP_RELA "%63[^.]",
			   sections[nr].object) != 1)
			return -EINVAL;
		sections[nr].target = klp_section_name(file, shdr->sh_info);
		sections[nr].relas = (void *)(file->image + shdr->sh_offset);
		sections[nr].nr_relas = shdr->sh_size / sizeof(Elf64_Rela);
		nr++;
	}

	return nr;
}

void klp_symbol(const struct klp_file *file, const Elf64_Rela *rela,
		char *symbol, size_t size)
{
	const char *name = klp_sym_name(file, ELF64_R_SYM(rela->r_info));
	const char *start = strchr(name + strlen(KLP_SYM), '.') + 1;

	snprintf(symbol, size, "%.*s", (int)strcspn(start, ","), start);
}

int klp_rename(struct klp_file *file, const char *from, const char *to)
{
	unsigned int i, nr = klp_shdr(file, klp_symtab(file))->sh_size /
			     sizeof(Elf64_Sym);
	char *name;

	for (i = 1; i < nr; i++) {
		if (klp_sym(file, i)->st_shndx != SHN_LIVEPATCH)
			continue;
		name = strstr(klp_sym_name(file, i), from);
		if (!name || strlen(to) > strlen(from))
			continue;
		memmove(name + strlen(to), name + strlen(from),
			strlen(name + strlen(from)) + 1);
		memcpy(name, to, strlen(to));
		return 0;
	}

	return -ENOENT;
}
