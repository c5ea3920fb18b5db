# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Common ground of the harness: where things are, what an architecture needs,
# how the kernel's make is called.  Sourced by the other scripts.

set -euo pipefail
export LC_ALL=C

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=$ROOT/build
export ROOT BUILD
# shellcheck disable=SC2034 # for those who source this
ARCHES="x86_64 arm64 arm"
JOBS=${JOBS:-$(nproc)}

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { warn "$*"; exit 1; }

# need TOOL PACKAGE: a missing tool is one line, not a failure in the middle.
need() {
	command -v "$1" >/dev/null ||
		die "$1 is missing (package $2): run 'make deps'"
}

# qemu_loses_writes: with a thread for each CPU; after arch_setup.
# QEMU before 8.1 watches a page for writes only after it has translated its
# code, when the other CPU may have put back what was under an int3: the first
# one then traps for ever at an int3 that is in no memory. Turning a tracer of
# vfs_read() on and off did it within forty times, the base without the series
# included.
qemu_loses_writes() {
	local v

	[ "$ARCH" = x86_64 ] || return 1
	v=$(${QEMU%% *} --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
	[ "$(printf '%s\n' 8.1 "$v" | sort -V | head -n 1)" != 8.1 ]
}

# need_disk MEGABYTES
need_disk() {
	local free

	mkdir -p "$BUILD"
	free=$(df -Pm "$BUILD" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$1" ] ||
		die "$BUILD has $free MiB free, this needs $1 MiB"
}

minutes() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }

# arch_setup ARCH: KARCH CROSS IMAGE DEBARCH QEMU CONSOLE, and THUNKS: features
# of a CPU whose indirect branches go through thunks
arch_setup() {
	ARCH=$1 KARCH=$1 CROSS='' THUNKS=''
	case $1 in
	x86_64)
		IMAGE=arch/x86/boot/bzImage DEBARCH=amd64 CONSOLE=ttyS0
		[ "$(uname -m)" = x86_64 ] || CROSS=x86_64-linux-gnu-
		# An Intel CPU that returns through ITS thunks.  'max' alone is
		# an old AMD one whose idle loop is a burden under emulation.
		QEMU="qemu-system-x86_64 -M pc -cpu max,la57=off"
		QEMU="$QEMU,vendor=GenuineIntel,family=6,model=85,stepping=7"
		# Without IBRS it has retpolines, and no thunk is allocated.
		# QEMU's TCG takes the register for it and ignores writes.
		THUNKS="x-force-features=on,spec-ctrl=on"
		;;
	arm64)
		IMAGE=arch/arm64/boot/Image DEBARCH=arm64 CONSOLE=ttyAMA0
		CROSS=aarch64-linux-gnu-
		QEMU="qemu-system-aarch64 -M virt -cpu cortex-a57"
		;;
	arm)
		IMAGE=arch/arm/boot/zImage DEBARCH=armhf CONSOLE=ttyAMA0
		CROSS=arm-linux-gnueabihf-
		QEMU="qemu-system-arm -M virt -cpu cortex-a15"
		;;
	*)
		die "unknown architecture '$1' (one of: $ARCHES)"
		;;
	esac
	export ARCH KARCH CROSS IMAGE DEBARCH QEMU CONSOLE THUNKS
}

# tree_setup TREE: 'linux' (the composed one), 'stock', which is made when it is
# asked for, or a folder
tree_setup() {
	case $1 in
	linux|stock)
		TREE=$BUILD/$1 TREE_NAME=$1
		[ "$1" != stock ] || "$ROOT/harness/queue" stock >&2 || exit 1
		;;
	*)
		TREE=$(cd "$1" 2>/dev/null && pwd -P) || die "no such tree: $1"
		TREE_NAME=$(basename "$TREE")
		;;
	esac
	[ -f "$TREE/Kbuild" ] || die "$TREE is no kernel tree: run 'make tree'"
	export TREE TREE_NAME
}

# odir ARCH VARIANT TREE_NAME
odir() {
	local name=o

	[ "$3" = linux ] || name=$name-$3
	printf '%s/%s-%s%s\n' "$BUILD" "$name" "$1" "${2:+-$2}"
}

# A second clone in another folder hits too: paths below ROOT are hashed
# relative, nothing of the place, the time or the builder enters an object.
ccache_setup() {
	export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026'
	export KBUILD_BUILD_USER=execmem KBUILD_BUILD_HOST=series
	export KBUILD_BUILD_VERSION=1
	CCACHE=
	if [ -z "${NO_CCACHE:-}" ] && command -v ccache >/dev/null; then
		CCACHE="ccache "
		export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1
		export CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime
		export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-10G}
		export CCACHE_COMPILERCHECK=content
	fi
	export CCACHE
}

# kmake ODIR ARGS...: the kernel's make, out of tree.  What GCC cannot build
# is clang's: variant bti.
kmake() {
	local o=$1 tools=(CC="$CCACHE${CROSS}gcc" HOSTCC="${CCACHE}gcc")

	shift
	# The folder's own name: where the repository is must not matter
	case ${o#"$BUILD/"} in
	o-*[-+]bti*) tools=(LLVM=1 CC="${CCACHE}clang" HOSTCC="${CCACHE}clang") ;;
	esac
	make -C "$TREE" O="$o" ARCH="$KARCH" CROSS_COMPILE="$CROSS" \
		"${tools[@]}" -j"$JOBS" "$@"
}

# kmodules ODIR FOLDER ARGS...: modules of a folder outside of the tree
kmodules() {
	local o=$1 folder=$2

	shift 2
	lock "$o"
	kmake "$o" M="$folder" "$@" modules >"$folder/log" 2>&1 9>&- || {
		tail -n 20 "$folder/log" >&2
		die "${o##*/}: the modules in $folder do not build"
	}
	exec 9>&-
}

# guest_programs FOLDER NAME...: programs of harness/guest, static, and what
# its scripts share, into FOLDER
guest_programs() {
	local folder=$1 name

	shift
	cp "$ROOT/harness/guest/lib.sh" "$folder/"
	need "${CROSS}gcc" "gcc-${CROSS:-}"
	for name; do
		"${CROSS}gcc" -static -O2 -Wall -Wextra \
			-I "$TREE/tools/testing/selftests/module" \
			-o "$folder/$name" "$ROOT/harness/guest/$name.c" ||
			die "harness/guest/$name.c does not compile for $ARCH"
	done
}

# lock ODIR: held until this process ends
lock() {
	mkdir -p "$(dirname "$1")"
	exec 9>"$1.lock"
	if ! flock -n 9; then
		say "[${1##*/}] waiting for another build in this folder"
		flock -w "${LOCK_TIMEOUT:-3600}" 9 ||
			die "$1 is locked by another build"
	fi
}
