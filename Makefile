# Makefile - builds, tests and shows the extension `reconcile`. `make help` lists the targets.

EXTENSION = reconcile
EXTVERSION = 0.1.0
PG_MAJOR = 15

# The packages that building, testing and the demo need: the one list, read by `make deps`.
DEPS = build-essential postgresql-$(PG_MAJOR) postgresql-server-dev-$(PG_MAJOR) \
       libcsv-dev libexpat1-dev libhpdf-dev libuchardet-dev libxlsxwriter-dev libzip-dev \
       fonts-wqy-zenhei libipc-run-perl poppler-utils unzip

# The install script is these parts, in this order.
SQL_PARTS = schema types reference documents fulfilment sentences matching progress definitions items period hand run simulate explain models import findings identity batches receivable aging report formats formats_bank formats_western formats_chinese formats_goods formats_amazon rules rules_goods bank_reconciliation period_reconciliation shipped access comments
SQL_FILES = $(SQL_PARTS:%=sql/%.sql)

WINGS = base read match render
WING_SRCS = $(sort $(wildcard $(WINGS:%=src/%/*.c)))
GLUE_SRCS = src/reconcile.c $(sort $(wildcard src/server/*.c))
HDRS = $(sort $(wildcard src/*/*.h))

MODULE_big = $(EXTENSION)
OBJS = $(WING_SRCS:.c=.o) $(GLUE_SRCS:.c=.o)
LIBRARIES = -lcsv -lhpdf -lxlsxwriter -lexpat -lzip -luchardet
SHLIB_LINK = $(LIBRARIES) -Wl,--version-script=src/exports.map
DATA_built = $(EXTENSION)--$(EXTVERSION).sql

WARNINGS = -Wall -Wextra -Werror -Wno-declaration-after-statement -Wno-missing-format-attribute
PG_CFLAGS = -std=gnu11 $(WARNINGS)
# As system headers, so that the warnings above are about our code only.
PG_CPPFLAGS = -isystem $(shell $(PG_CONFIG) --includedir-server)

REGRESS = $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
ISOLATION = $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
REGRESS_OPTS = --inputdir=. --outputdir=test
ISOLATION_OPTS = --inputdir=. --outputdir=test
NO_INSTALLCHECK = 1
EXTRA_CLEAN = .build test/results test/log test/output_iso test/tmp_check test/regression.* $(EXTENSION)--*.sql

# The server's own pg_config where Debian puts it, else the one on the PATH.
PG_CONFIG ?= $(or $(wildcard /usr/lib/postgresql/$(PG_MAJOR)/bin/pg_config),pg_config)
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
HAVE_PGXS := $(wildcard $(PGXS))

.DEFAULT_GOAL := all

ifneq ($(HAVE_PGXS),)
# Bitcode for JIT is made where the compiler for it exists.
ifeq ($(wildcard $(shell sed -n 's/^CLANG = //p' $(dir $(PGXS))../Makefile.global)),)
override with_llvm = no
endif
include $(PGXS)
else
all install:
	@echo "PostgreSQL $(PG_MAJOR)'s build files are not here: run 'make deps' first, or set PG_CONFIG." >&2; exit 1
clean:
	rm -rf $(EXTRA_CLEAN) $(OBJS) $(MODULE_big).so
endif

$(OBJS) $(OBJS:.o=.bc): $(HDRS)
$(addprefix src/,$(addsuffix /%.o,$(WINGS))): CFLAGS += -fvisibility=hidden
# The server's callbacks have parameters that not every one of them needs.
src/reconcile.o src/server/%.o: CFLAGS += -Wno-unused-parameter
# What is done for each of millions of items: inlined, with every register.
$(addprefix src/,$(addsuffix .o,match/key match/pool match/tray server/amount server/feed_receive server/scan)): CFLAGS += -O3 -fomit-frame-pointer
$(MODULE_big).so: src/exports.map

$(EXTENSION)--$(EXTVERSION).sql: $(SQL_FILES) Makefile
	{ printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit'; cat $(SQL_FILES); } > $@.tmp
	mv $@.tmp $@

# ---------------------------------------------------------------------------------------------------------------------
# C unit tests and fuzzers: plain programs over the wings, without a server.

BUILD = .build
UNIT_CFLAGS = -std=gnu11 -D_GNU_SOURCE -g -O1 -fno-strict-aliasing -fno-omit-frame-pointer $(WARNINGS)
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined
UNIT_LIBS = $(LIBRARIES) -lm -lpthread
UNITS = $(sort $(patsubst test/unit/%.c,%,$(wildcard test/unit/test_*.c)))
UNIT_HELPERS = $(filter-out test/unit/test_%,$(wildcard test/unit/*.c))
UNIT_HDRS = $(wildcard test/unit/*.h test/fuzz/*.h)
FUZZERS = $(sort $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/fuzz_*.c)))

.PHONY: unit test-programs fuzz-programs
test-programs: $(UNITS:%=$(BUILD)/unit/%) $(UNITS:%=$(BUILD)/unit-sanitized/%) $(FUZZERS:%=$(BUILD)/fuzz/%)

unit: $(UNITS:%=$(BUILD)/unit/%) $(UNITS:%=$(BUILD)/unit-sanitized/%)
	@test/run unit

.SECONDARY:

# $(1): directory of objects below .build, $(2): compiler and flags
define flavour
$(BUILD)/$(1)/%.o: %.c $(HDRS) $(UNIT_HDRS)
	@mkdir -p $$(@D)
	$(2) -c -o $$@ $$<
$(BUILD)/$(1)/wings.a: $(WING_SRCS:%.c=$(BUILD)/$(1)/%.o)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(eval $(call flavour,plain,$(CC) $(UNIT_CFLAGS)))
$(eval $(call flavour,sanitized,$(CC) $(UNIT_CFLAGS) $(SANITIZE)))
$(eval $(call flavour,libfuzzer,clang $(UNIT_CFLAGS) $(SANITIZE) -fsanitize=fuzzer-no-link))

$(BUILD)/unit/%: $(BUILD)/plain/test/unit/%.o $(UNIT_HELPERS:%.c=$(BUILD)/plain/%.o) $(BUILD)/plain/wings.a
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(UNIT_LIBS)
$(BUILD)/unit-sanitized/%: $(BUILD)/sanitized/test/unit/%.o $(UNIT_HELPERS:%.c=$(BUILD)/sanitized/%.o) $(BUILD)/sanitized/wings.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(UNIT_LIBS)
$(BUILD)/fuzz/%: $(BUILD)/sanitized/test/fuzz/%.o $(BUILD)/sanitized/test/fuzz/replay.o $(BUILD)/sanitized/wings.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(UNIT_LIBS)
$(BUILD)/libfuzzer/%: $(BUILD)/libfuzzer/test/fuzz/%.o $(BUILD)/libfuzzer/wings.a
	@mkdir -p $(@D)
	clang $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(UNIT_LIBS)

# Each fuzzer for FUZZ_SECONDS; what it finds new joins the corpus, a crash leaves its input below .build/fuzz-crashes.
FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: $(FUZZERS:%=$(BUILD)/libfuzzer/%)
	@mkdir -p $(BUILD)/fuzz-crashes
	@set -e; for fuzzer in $(FUZZERS); do \
		corpus=test/fuzz/corpus/$${fuzzer#fuzz_}; mkdir -p $$corpus; \
		echo "== $$fuzzer"; \
		$(BUILD)/libfuzzer/$$fuzzer -max_total_time=$(FUZZ_SECONDS) $(if $(RUNS),-runs=$(RUNS)) -timeout=20 -rss_limit_mb=2048 \
			-print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz-crashes/$$fuzzer- $$corpus; \
	done

# ---------------------------------------------------------------------------------------------------------------------
# What people call. These install the packages first, so what needs PGXS is a make of its own.

ROWS ?= 2000000
ROUNDS ?= 5
JOBS ?= -j$(shell nproc)
export PG_CONFIG PG_MAJOR

.PHONY: deps test demo psql demo-stop bench help installcheck
deps:
	@test/install-packages $(DEPS)

test: deps
	@$(MAKE) -s --no-print-directory $(JOBS) all test-programs
	@test/run $(ONLY)

demo: deps
	@$(MAKE) -s --no-print-directory $(JOBS) all
	@test/demo/run

psql:
	@test/demo/run psql

demo-stop:
	@test/demo/run stop

bench: deps
	@$(MAKE) -s --no-print-directory $(JOBS) all
	@ROWS=$(ROWS) ROUNDS=$(ROUNDS) test/bench/run $(ONLY)

# PGXS's own installcheck would run all tests in one database; each of ours has a database to itself.
installcheck:
	@test -n "$(HAVE_PGXS)" || { echo "PostgreSQL's build files are not here: run 'make deps' first, or set PG_CONFIG." >&2; exit 1; }
	@set -e; for t in $(REGRESS); do \
		$(pg_regress_installcheck) $(REGRESS_OPTS) --dbname=regress_$(EXTENSION)_$$t $$t; done; \
	for t in $(ISOLATION); do \
		$(pg_isolation_regress_installcheck) $(ISOLATION_OPTS) --dbname=isolation_$(EXTENSION)_$$t $$t; done

clean: demo-stop

help:
	@echo "make              build the extension"
	@echo "make install      install it into the PostgreSQL of PG_CONFIG"
	@echo "make demo         packages, build, throw-away server, demo; prints where the .xlsx and .pdf are"
	@echo "make psql         a shell in the demo's server; make demo-stop removes that server"
	@echo "make test         packages, build, every test (ONLY='unit floor fuzz symbols regress isolation tap' for some)"
	@echo "make unit         the C unit tests, plain and with sanitizers"
	@echo "make fuzz         libFuzzer on every parser, FUZZ_SECONDS=$(FUZZ_SECONDS) each (needs clang)"
	@echo "make bench        figures against COPY, PostgreSQL SQL and DuckDB (ROWS=$(ROWS) ROUNDS=$(ROUNDS))"
	@echo "make installcheck the SQL tests against an installed extension in a running server"
	@echo "make deps         only the packages;  make clean: removes all that was made here"
