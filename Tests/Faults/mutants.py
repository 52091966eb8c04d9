"""Damaged copies of sound files, by form: what `mutations` feeds to the program.

A mutant is its bytes and words that say what was done. Where a form hides its values behind a length, a checksum or
compression, half of the mutants are changed below that, so that they come further than the first check.
"""

import gzip
import json
import re
import struct
import zlib

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x40000000,
            0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x2000000000000000, 0xFFFFFFFFFFFFFFF8)
NUMBERS = ("0", "-1", "1", "NaN", "-Infinity", ".inf", "1e999", "-1e308", "1e-400", "0.5", "2147483647", "2147483648",
           "-2147483649", "4294967296", "1073741824", "9223372036854775807", "9223372036854775808",
           "-9223372036854775808", "1e18", "9" * 400, "1e9", "null", "true", "[]", "{}", '"x"', "")
TEXTS = (b"", b"\0", b"\xff\xfe", b"a" * 70_000, b"../" * 40, "\u202e\U0001f600\u0301".encode(), b"\\ud800", b"%s%n",
         b"-", b"\n", b"/dev/zero", b".", b"&a;")
NESTS = (b"[", b"{", b'{"a":', b"- ", b"<a>", b"&a [", b"? ", b"(", b"'", b"\"", b"<!--", b"&#")


def blocks(content, choice):
    """Two places of a block of bytes."""
    place = choice.randrange(len(content))
    return place, min(len(content), place + 2 ** choice.randrange(13))


def of_bytes(content, choice, places=None):
    """Flips, overwrites, cuts, inserts, doubles or swaps bytes; `places`: where single values are changed."""
    if not content:
        return b"\0", "one byte in place of none"
    place = min(choice.choice(places) if places else choice.randrange(len(content)), len(content) - 1)
    kind = choice.randrange(10)
    if kind < 2:
        changed, bits = bytearray(content), choice.choice((1, 1, 1, 2, 8))
        told = []
        for number in range(bits):
            at = place if number == 0 else choice.randrange(len(content))
            bit = choice.randrange(8)
            changed[at] ^= 1 << bit
            told.append(f"{bit} of byte {at}")
        return bytes(changed), f"flipped bit {', '.join(told)}"
    if kind < 6:
        size, order = choice.choice((1, 1, 2, 4, 8)), choice.choice(("little", "big"))
        value = (choice.choice(EXTREMES) & (1 << 8 * size) - 1).to_bytes(size, order)
        return content[:place] + value + content[place + size:], f"{value.hex()} at byte {place}"
    start, end = blocks(content, choice)
    if kind == 6:
        return content[:start], f"cut at byte {start} of {len(content)}"
    if kind == 7:
        value = choice.choice((bytes(end - start), choice.randbytes(end - start), b"\xff" * (end - start)))
        return content[:place] + value + content[place:], f"{len(value)} bytes ({value[:4].hex()}...) before {place}"
    if kind == 8:
        times = choice.choice((0, 2, 2, 200))
        return content[:start] + content[start:end] * times + content[end:], f"bytes {start}..<{end} {times} times"
    other, until = blocks(content, choice)
    if end <= other:
        changed = content[:start] + content[other:until] + content[end:other] + content[start:end] + content[until:]
        return changed, f"bytes {start}..<{end} and {other}..<{until} swapped"
    value = choice.choice((bytes(end - start), b"\xff" * (end - start)))
    return content[:start] + value + content[end:], f"bytes {start}..<{end} are {value[:1].hex()}"


def of_text(content, choice):
    """Numbers and words turned into extremes, lines lost, doubled or swapped, nests, or as bytes."""
    kind = choice.randrange(9)
    if kind < 3:
        found = list(re.finditer(rb"(?<![\w.])-?\d+(\.\d+)?([eE][-+]?\d+)?", content))
        if found:
            match, value = choice.choice(found), choice.choice(NUMBERS)
            told = f"{value[:24] or 'nothing'} for {match[0].decode()} at byte {match.start()}"
            return content[:match.start()] + value.encode() + content[match.end():], told
    if kind < 5:
        found = list(re.finditer(rb"[A-Za-z_][\w.\-]*", content))
        if found:
            match = choice.choice(found)
            value = choice.choice((*TEXTS, choice.choice(found)[0], choice.choice(NUMBERS).encode()))
            told = f"{value[:24]!r} for {match[0].decode()[:24]} at byte {match.start()}"
            return content[:match.start()] + value + content[match.end():], told
    if kind == 5:
        nest, depth = choice.choice(NESTS), choice.choice((3, 600, 20_000, 200_000))
        place = choice.choice([0, len(content)] + [match.start() for match in re.finditer(rb"[\w\[{\"<]+", content)])
        return content[:place] + nest * depth + content[place:], f"{depth} times {nest.decode()} at byte {place}"
    if kind == 6:
        lines = content.splitlines(keepends=True)
        if len(lines) > 1:
            one, other = choice.sample(range(len(lines)), 2)
            deed = choice.choice(("lost", "doubled", "swapped", "indented"))
            if deed == "swapped":
                lines[one], lines[other] = lines[other], lines[one]
            else:
                lines[one] = {"lost": b"", "doubled": lines[one] * 2, "indented": b"    " + lines[one]}[deed]
            return b"".join(lines), f"line {one + 1} {deed}" + (f" with line {other + 1}" if deed == "swapped" else "")
    return of_bytes(content, choice)


def of_yaml(content, choice):
    """As text; or anchors and aliases that double a list, refer to themselves, or merge."""
    if choice.random() < 0.85:
        return of_text(content, choice)
    levels = choice.choice((3, 12, 40))
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n" for level in range(1, levels))
    value = choice.choice((bomb, "data: &a { train: *a }\n", "data: &a [*a]\n", "<<: &b { <<: *b }\n", "--- {}\n",
                           "%YAML 9.9\n", "!!binary x: y\n", "? { a: b }\n: c\n", "name: !!int x\n",
                           "name: *lost\n", "extends: run.yaml\n"))
    place = choice.choice((0, len(content)))
    return content[:place] + value.encode() + content[place:], f"{value[:30]!r} ({len(value)} bytes) at byte {place}"


def of_xml(content, choice):
    """As text; or entities, instructions and encodings."""
    if choice.random() < 0.8:
        return of_text(content, choice)
    levels = choice.choice((3, 12, 30))
    entities = '<!ENTITY a0 "cat">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, levels))
    value, use = choice.choice((
        (f"<!DOCTYPE annotation [{entities}]>", f"&a{levels - 1};"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "/dev/zero">]>', "&x;"),
        ('<!DOCTYPE a SYSTEM "file:///etc/hostname">', ""), ('<?xml version="1.0" encoding="UTF-16"?>', ""),
        ('<?xml version="1.0" encoding="x"?>', ""), ("<?x y?>", "<![CDATA[horse]]>"), ("", "&#x110000;"), ("", "&#0;"),
        ("", "&lost;"), ("<!--", ""), ("<annotation " + " ".join(f'a{n}="b"' for n in range(3000)) + "/>", "")))
    place = choice.choice([match.start() for match in re.finditer(rb"horse|cat", content)] or [0])
    changed = value.encode() + content[:place] + use.encode() + content[place:]
    return changed, f"{value[:50]!r} at the start, {use!r} at byte {place}"


def of_gzip(content, choice):
    if choice.random() < 0.5:
        return of_bytes(content, choice, range(min(40, len(content))) if choice.random() < 0.5 else None)
    inner, told = of_bytes(gzip.decompress(content), choice, range(16))
    return gzip.compress(inner, 1, mtime=0), f"inflated: {told}"


def of_idx(content, choice):
    return of_bytes(content, choice, range(16))


def of_png(content, choice):
    """Bytes of a chunk under a right checksum, chunks doubled or lost; or as bytes."""
    if choice.random() < 0.4:
        return of_bytes(content, choice)
    chunks, place = [], 8
    while place + 12 <= len(content):
        size = int.from_bytes(content[place:place + 4], "big")
        chunks.append((content[place + 4:place + 8], content[place + 8:place + 8 + size]))
        place += 12 + size
    index = choice.randrange(len(chunks))
    name, value = chunks[index]
    kind = choice.randrange(6)
    if kind == 0:
        chunks[index:index + 1] = choice.choice(([], [chunks[index]] * 2, [chunks[index]] * 300))
        told = f"chunk {index} lost or repeated"
    elif kind == 1:
        text = choice.choice((b"zTXt", b"iCCP", b"iTXt", b"eXIf", b"tRNS", b"PLTE", b"sBIT", b"gAMA", b"acTL"))
        told = f"a chunk {text.decode()} of 3 MB in 3 kB before chunk {index}"
        chunks.insert(index, (text, b"a\0\0" + zlib.compress(bytes(3_000_000), 9)))
    elif kind == 2 and name == b"IDAT":
        inner, told = of_bytes(zlib.decompress(value), choice)
        chunks[index] = name, zlib.compress(inner, 1)
        told = f"rows: {told}"
    else:
        inner, told = of_bytes(value, choice)
        chunks[index] = name, inner
        told = f"{name.decode()}: {told}"
    return content[:8] + b"".join(
        struct.pack(">I", len(value)) + name + value + struct.pack(">I", zlib.crc32(name + value))
        for name, value in chunks), told


def of_jpeg(content, choice):
    """Mostly in the segments before the scan."""
    scan = content.find(b"\xff\xda") + 14
    return of_bytes(content, choice, range(scan) if choice.random() < 0.7 else None)


def of_safetensors(content, choice):
    """Mostly the header: its text under a right length, or a tensor's keys."""
    size = int.from_bytes(content[:8], "little")
    header = content[8:8 + size]
    kind = choice.randrange(5)
    if kind == 0:
        return of_bytes(content, choice)
    if kind == 1:
        return of_bytes(content, choice, range(8 + size))
    if kind == 2:
        fields = json.loads(header)
        name = choice.choice([name for name in fields if name != "__metadata__"])
        key, value = choice.choice((
            ("dtype", choice.choice(("F64", "F16", "BF16", "I8", "BOOL", "F8_E4M3", "U64", "F4", ""))),
            ("shape", choice.choice(([], [0], [1 << 62, 4], [-1], [1 << 32, 1 << 32], [1] * 40, [3.5]))),
            ("data_offsets", choice.choice((
                [0, 0], [0, 1 << 62], [-4, 4], [8, 4], [0], [0, 4, 8], [1 << 63, 1 << 63])))))
        fields[name][key] = value
        changed, told = json.dumps(fields).encode(), f"{name} {key} {value}"
    else:
        changed, told = of_text(header, choice)
    return len(changed).to_bytes(8, "little") + changed + content[8 + size:], f"header: {told}"


def of_mat(content, choice):
    """Bytes of a variable below its compression; or as bytes."""
    if choice.random() < 0.25:
        return of_bytes(content, choice)
    parts, place = [], 128
    while place + 8 <= len(content):
        kind, size = struct.unpack_from("<II", content, place)
        parts.append((kind, content[place + 8:place + 8 + size]))
        place += 8 + size
    index = choice.randrange(len(parts))
    kind, value = parts[index]
    if kind == 15:
        inner = zlib.decompress(value)
        # Tags and sizes are whole words.
        changed, told = of_bytes(inner, choice, range(0, len(inner), 4))
        parts[index] = kind, zlib.compress(changed, 1)
    else:
        changed, told = of_bytes(value, choice, range(0, len(value), 4))
        parts[index] = kind, changed
    return content[:128] + b"".join(struct.pack("<II", kind, len(value)) + value for kind, value in parts), told


FORMS = {"bytes": of_bytes, "text": of_text, "yaml": of_yaml, "xml": of_xml, "gzip": of_gzip, "idx": of_idx,
         "png": of_png, "jpeg": of_jpeg, "safetensors": of_safetensors, "mat": of_mat}


def mutate(content, change, choice):
    """A damaged copy of the content, other than it, and what was done: by the change, seldom also to bytes."""
    while True:
        changed, told = change(content, choice)
        if choice.random() < 0.05:
            changed, more = of_bytes(changed, choice)
            told = f"{told}; {more}"
        if changed != content:
            return changed, told
