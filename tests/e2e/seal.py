"""Manifests that are changed and sealed again, which does not happen by accident; a second reading of how they are sealed."""

import ctypes
import json

XXHASH = ctypes.CDLL("libxxhash.so.0")
XXHASH.XXH3_64bits.restype = ctypes.c_uint64
XXHASH.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def xxh3(data):
    return f"{XXHASH.XXH3_64bits(data, len(data)):016x}"


def reseal(path, **changes):
    manifest = json.loads(path.read_text())
    del manifest["checksum"]
    manifest.update(changes)
    manifest["checksum"] = xxh3(json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
