# SPDX-License-Identifier: GPL-2.0

$(OUTPUT)/execmem_blocks: blocks_state.c blocks_freed.c blocks_large.c
$(OUTPUT)/execmem_blocks: blocks_pieces.c
$(OUTPUT)/execmem_blocks: ../module/kcore.c
