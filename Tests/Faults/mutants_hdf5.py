"""Damaged HDF5 files, for `mutants`: bytes, mostly of what is no data set's values, and objects as h5py writes them."""

import io

import h5py
import numpy as np

from mutants import of_bytes, of_text

metadata_places = {}


def of_hdf5(content, choice):
    """Bytes, mostly of what is no data set's values; or objects and attributes, as h5py writes them."""
    kind = choice.randrange(4)
    if kind == 0:
        return of_bytes(content, choice)
    if kind == 1:
        if content not in metadata_places:
            metadata_places[content] = metadata(content)
        return of_bytes(content, choice, metadata_places[content])
    memory = io.BytesIO(content)
    try:
        with h5py.File(memory, "r+") as file:
            objects = []
            file.visititems(lambda name, found: objects.append(found))
            told = (of_attribute if kind == 2 else of_object)(file, [file, *objects], choice)
    except (OSError, TypeError, ValueError, KeyError, RuntimeError):
        return of_bytes(content, choice)  # not a thing that h5py can write
    return memory.getvalue(), f"h5py: {told}"


def metadata(content):
    """Places of all bytes that are no data set's."""
    is_value = np.zeros(len(content), bool)
    with h5py.File(io.BytesIO(content)) as file:
        def note(_, found):
            if not isinstance(found, h5py.Dataset):
                return
            if found.chunks:
                infos = [found.id.get_chunk_info(i) for i in range(found.id.get_num_chunks())]
                stored = [(info.byte_offset, info.size) for info in infos]
            else:
                stored = [(found.id.get_offset(), found.id.get_storage_size())] if found.id.get_offset() else []
            for place, size in stored:
                is_value[place:place + size] = True
        file.visititems(note)
    return np.flatnonzero(~is_value).tolist()


def of_attribute(file, objects, choice):
    found = choice.choice([one for one in objects if len(one.attrs)])
    name = choice.choice(sorted(found.attrs))
    value = found.attrs[name]
    if isinstance(value, str) and choice.random() < 0.6:
        changed, told = of_text(value.encode(), choice)
        found.attrs[name] = np.bytes_(changed[:60_000])
        return f"attribute {found.name} {name}: {told}"
    if choice.random() < 0.15:
        del found.attrs[name]
        return f"attribute {found.name} {name} lost"
    value = choice.choice((
        -1, np.int64(2**63 - 1), np.int64(-2**63), np.uint64(2**64 - 1), np.float64("nan"), np.float64(1e300), 0,
        np.int8(3), "", "a" * 60_000, np.bytes_(b"\xff\xfe"), h5py.Empty("f"), np.zeros(5000, np.int64), ["x"] * 300,
        np.zeros((0, 3), np.int32), np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]), 2, 1 << 40,
        np.array("x" * 300, h5py.string_dtype("utf-8", 300))))
    found.attrs[name] = value
    return f"attribute {found.name} {name} is {str(value)[:40]!r}, {getattr(value, 'dtype', type(value).__name__)}"


def of_object(file, objects, choice):
    found = choice.choice(objects[1:])
    name, kind = found.name, choice.randrange(6)
    if kind == 0 or not isinstance(found, h5py.Dataset):
        deed = choice.choice(("lost", "a group", "a link to itself", "a file's", "another's", "a type"))
        if deed == "another's":
            other = choice.choice(objects).name
        del file[name]
        if deed == "a group":
            file.create_group(name)
        elif deed == "a link to itself":
            file[name] = h5py.SoftLink(name)
        elif deed == "a file's":
            file[name] = h5py.ExternalLink("other.h5", name)
        elif deed == "another's" and other != name:
            file[name] = file[other]
        elif deed == "a type":
            file[name] = np.dtype("f8")
        return f"{name} is {deed}"
    shape, dtype = found.shape, found.dtype
    if kind < 3 and shape and found.size and dtype.kind in "iuf":
        place = tuple(choice.randrange(side) for side in shape)
        value = choice.choice((np.nan, np.inf, 1e38, -1.0) if dtype.kind == "f" else
                              (np.iinfo(dtype).max, np.iinfo(dtype).min, 3, np.iinfo(dtype).max - 1))
        found[place] = value
        return f"{name}{list(place)} is {value}"
    if kind == 3:
        dtype = choice.choice((np.dtype("f8"), np.dtype("i1"), np.dtype(">f4"), np.dtype("u8"), np.dtype("S3"),
                               h5py.string_dtype(), h5py.vlen_dtype(np.int32), np.dtype([("a", "i4"), ("b", "f8")])))
        del file[name]
        file.create_dataset(name, shape, dtype)
        return f"{name} has type {dtype}"
    side = choice.choice((0, 1, 2, 7, 1000, 1 << 20, 1 << 31, 1 << 40, 1 << 61))
    axis = choice.randrange(len(shape)) if shape else 0
    changed = (*shape[:axis], side, *shape[axis + 1:]) if choice.random() < 0.7 else choice.choice(
        ((), (side,), (side, side), (1,) * 20, shape + (1,)))
    del file[name]
    # Chunks are stored once they are written: a huge data set takes no room.
    chunks = tuple(min(64, max(1, one)) for one in changed[:2]) + (1,) * max(0, len(changed) - 2)
    options = {"chunks": chunks, "maxshape": (None,) * len(changed)} if changed and choice.random() < 0.8 else {}
    if not options and np.prod([float(one) for one in changed] or [1.0]) > 1e6:
        options = {"chunks": chunks}
    file.create_dataset(name, changed, dtype, **options)
    return f"{name} is {changed}, not {shape}"
