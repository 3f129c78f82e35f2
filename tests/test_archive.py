"""The file of a saved model: what goes in comes out, and whatever is damaged is refused by name."""

from __future__ import annotations

import hashlib
import io
import json
import mmap
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.archive import content_of as content_of_file
from redshells.durable_file import DurableFile
from redshells.errors import ArchiveVersionError, DamagedArchiveError
from redshells.model import load_model, model_from_archive

SEAL = 64
ARCHIVE = Archive(
    model='redshells.model.lightgbm:LightGBMModel',
    parameters={'problem': 'regression', 'model_kwargs': None},
    state={'names': ['größe', 'x'], 'best_round': 3},
    parts={'model.txt': b'tree' * 50, 'weights.npy': array_to_bytes(np.arange(6.0).reshape(2, 3))},
    training={'rows': 10},
    versions={'redshells': '1.0'},
)


def content_of(archive: Archive) -> bytes:
    file = io.BytesIO()
    archive.write(file)
    return file.getvalue()


CONTENT = content_of(ARCHIVE)


def sealed(content: bytes) -> bytes:
    return content + hashlib.sha256(content).hexdigest().encode()


def rebuilt(change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> bytes:
    """The archive with other members or another manifest, and a checksum at its end that fits."""
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members['manifest.json'])
    change(members, manifest)
    if 'manifest.json' in members:
        members['manifest.json'] = json.dumps(manifest).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        for name, member in members.items():
            archive.writestr(name, member)
        archive.comment = bytes(SEAL)
    return sealed(file.getvalue()[:-SEAL])


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    path = tmp_path / 'folder' / 'model.zip'

    ARCHIVE.save(str(path))

    assert Archive.load(str(path)) == ARCHIVE
    assert np.array_equal(bytes_to_array(Archive.load(str(path)).parts['weights.npy']), [[0, 1, 2], [3, 4, 5]])
    assert [entry.name for entry in path.parent.iterdir()] == ['model.zip']


PART_NAMES = st.text(st.characters(categories=['L', 'N']), min_size=1, max_size=8)


@given(parts=st.dictionaries(PART_NAMES, st.binary(max_size=300)))
def test_any_parts_come_out(parts: dict[str, bytes]) -> None:
    archive = Archive('a:B', {}, {}, parts)

    assert Archive.read(content_of(archive), name='a') == archive


def test_equal_contents_give_equal_bytes_in_whatever_order() -> None:
    reordered = replace(ARCHIVE, parts=dict(reversed(ARCHIVE.parts.items())))

    assert content_of(reordered) == CONTENT


def test_it_is_written_to_files_that_can_not_seek() -> None:
    class OnlyWrites:
        content = b''

        def write(self, data: Any) -> int:
            self.content += bytes(data)
            return len(data)

        def flush(self) -> None:
            pass

    file = OnlyWrites()
    ARCHIVE.write(file)  # type: ignore[arg-type]

    assert file.content == CONTENT


def test_other_zip_tools_read_it() -> None:
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read('manifest.json'))['parts'].keys() == ARCHIVE.parts.keys()


@given(st.integers(0, len(CONTENT) * 8 - 1))
def test_a_flipped_bit_is_refused(bit: int) -> None:
    changed = bytearray(CONTENT)
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(DamagedArchiveError, match='the_file'):
        Archive.read(bytes(changed), name='the_file')


@given(st.integers(0, len(CONTENT) - 1), st.booleans())
def test_a_cut_is_refused(position: int, at_the_start: bool) -> None:
    changed = CONTENT[position + 1 :] if at_the_start else CONTENT[:position]

    with pytest.raises(DamagedArchiveError, match='the_file'):
        Archive.read(changed, name='the_file')


@given(st.integers(0, len(CONTENT)), st.binary(min_size=1, max_size=100))
def test_an_insertion_is_refused(position: int, inserted: bytes) -> None:
    with pytest.raises(DamagedArchiveError, match='the_file'):
        Archive.read(CONTENT[:position] + inserted + CONTENT[position:], name='the_file')


NO_ARCHIVES = [b'', b'x', bytes(SEAL), bytes(5000), sealed(b'x' * 100), b'PK\x05\x06' + bytes(18)]


@pytest.mark.parametrize('content', NO_ARCHIVES)
def test_what_was_never_an_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'model.zip'
    path.write_bytes(content)

    with pytest.raises(DamagedArchiveError, match=str(path)):
        load_model(str(path))


def swap(members: dict[str, bytes], _: dict[str, Any]) -> None:
    members['model.txt'], members['weights.npy'] = members['weights.npy'], members['model.txt']


WRONG_CONTENTS: dict[str, Callable[[dict[str, bytes], dict[str, Any]], object]] = {
    'an unknown member': lambda members, _: members.update({'evil.pkl': b'x'}),
    'a member that is missing': lambda members, _: members.pop('weights.npy'),
    'swapped members': swap,
    'a member of the same size': lambda members, _: members.update({'model.txt': b'eert' * 50}),
    'a member of another size': lambda members, _: members.update({'model.txt': b'tree'}),
    'no manifest': lambda members, _: members.pop('manifest.json'),
    'another format': lambda _, manifest: manifest.update(format='other'),
    'no format': lambda _, manifest: manifest.pop('format'),
    'no version of the format': lambda _, manifest: manifest.pop('format_version'),
    'a version that is no number': lambda _, manifest: manifest.update(format_version='1'),
    'no state': lambda _, manifest: manifest.pop('state'),
    'parts that are no dict': lambda _, manifest: manifest.update(parts=['model.txt', 'weights.npy']),
    'a wrong checksum': lambda _, manifest: manifest['parts']['model.txt'].update(sha256='0' * 64),
    'a part without a checksum': lambda _, manifest: manifest['parts']['model.txt'].pop('sha256'),
    'a wrong size': lambda _, manifest: manifest['parts']['model.txt'].update(bytes=3),
    'a part that is not there': lambda _, manifest: manifest['parts'].update(more={'bytes': 0, 'sha256': ''}),
}


@pytest.mark.parametrize('name', WRONG_CONTENTS)
def test_wrong_contents_are_refused_though_the_checksum_at_the_end_fits(name: str) -> None:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        WRONG_CONTENTS[name](members, manifest)

    with pytest.raises(DamagedArchiveError, match='the_file'):
        Archive.read(rebuilt(change), name='the_file')


def test_contents_that_are_right_are_read_after_rebuilding() -> None:
    assert Archive.read(rebuilt(lambda members, manifest: None), name='a') == ARCHIVE


def test_a_manifest_that_is_no_json_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('manifest.json', b'\xff{')
        archive.comment = bytes(SEAL)

    with pytest.raises(DamagedArchiveError, match='the_file'):
        Archive.read(sealed(file.getvalue()[:-SEAL]), name='the_file')


def test_two_members_of_one_name_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as source, zipfile.ZipFile(file, 'w') as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name))
        with pytest.warns(UserWarning, match='Duplicate name'):
            archive.writestr('model.txt', source.read('model.txt'))
        archive.comment = bytes(SEAL)

    with pytest.raises(DamagedArchiveError, match='the_file'):
        Archive.read(sealed(file.getvalue()[:-SEAL]), name='the_file')


def test_a_newer_format_is_refused_with_the_version_that_wrote_it() -> None:
    content = rebuilt(lambda _, manifest: manifest.update(format_version=2))

    with pytest.raises(ArchiveVersionError, match=r'the_file has format 2, written by redshells 1\.0'):
        Archive.read(content, name='the_file')


def test_a_class_that_is_not_of_the_package_is_refused() -> None:
    archive = Archive('os:system', {}, {}, {})

    with pytest.raises(DamagedArchiveError, match=r"the_file holds a model of class 'os:system'"):
        model_from_archive(archive, name='the_file')


@pytest.mark.parametrize(
    ('parameters', 'state', 'parts'),
    [
        ({}, {}, {}),
        ({'problem': 'regression'}, {'target': None, 'named_columns': True, 'schema': []}, {}),
        ({}, {'target': {'problem': 'regression', 'classes': None}, 'named_columns': True, 'schema': [{}]}, {}),
        (
            {},
            {
                'target': {'problem': 'regression', 'classes': None},
                'named_columns': True,
                'schema': [],
                'best_round': 1,
                'custom_objective': False,
            },
            {'model.ubj': b'no model'},
        ),
    ],
    ids=['empty', 'no target', 'no rounds', 'no booster'],
)
def test_a_whole_archive_that_lacks_what_its_model_has_is_refused(
    parameters: dict[str, Any], state: dict[str, Any], parts: dict[str, bytes]
) -> None:
    archive = Archive('redshells.model.xgboost:XGBoostModel', parameters, state, parts)

    with pytest.raises(DamagedArchiveError, match='the_file is no model of'):
        model_from_archive(Archive.read(content_of(archive), name='the_file'), name='the_file')


@pytest.mark.parametrize('name', ['a.npy', 'größe.npy', 'x' * 70])
def test_an_array_is_used_where_it_lies(name: str, tmp_path: Path) -> None:
    array = np.arange(24.0).reshape(4, 6)
    content = content_of(replace(ARCHIVE, parts={'1': b'odd', name: array_to_bytes(array), 'z': b''}))
    read = bytes_to_array(Archive.read(content, name='a').parts[name])

    assert np.array_equal(read, array)
    assert read.ctypes.data % 8 == np.frombuffer(content, np.uint8).ctypes.data % 8
    assert not read.flags.writeable
    assert read.base is not None


def test_a_large_local_file_is_mapped_into_memory(tmp_path: Path) -> None:
    path = str(tmp_path / 'model.zip')
    array = np.arange(5_000_000)
    replace(ARCHIVE, parts={'a.npy': array_to_bytes(array)}).save(path)

    with open(path, 'rb') as file:
        assert isinstance(content_of_file(file), mmap.mmap)
    read = bytes_to_array(Archive.load(path).parts['a.npy'])
    replace(ARCHIVE, parts={'a.npy': array_to_bytes(-array)}).save(path)

    assert np.array_equal(read, array), 'what was loaded does not change with the file'


@pytest.mark.parametrize(
    'array', [np.zeros((0, 3)), np.array(1.5), np.asfortranarray(np.arange(6).reshape(2, 3)), np.array(['größe', 'x'])]
)
def test_all_arrays_come_back_wherever_they_lie(array: Any) -> None:
    content = array_to_bytes(array)
    for shift in range(9):  # not aligned in the archives of earlier versions
        read = bytes_to_array(memoryview(bytes(shift) + content)[shift:])
        assert np.array_equal(read, array)
        assert read.dtype == array.dtype


def test_arrays_of_objects_are_refused() -> None:
    with pytest.raises(ValueError, match='Object arrays cannot be saved'):
        array_to_bytes(np.array([{}, []], dtype=object))

    pickled = io.BytesIO()
    np.save(pickled, np.array([{}, []], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match='Object arrays cannot be loaded'):
        bytes_to_array(pickled.getvalue())


def test_not_a_number_in_the_manifest_is_refused_when_written() -> None:
    with pytest.raises(ValueError, match='Out of range float values are not JSON'):
        content_of(Archive('a:B', {'x': float('nan')}, {}, {}))


def test_a_failed_write_leaves_the_old_file_and_nothing_aside(tmp_path: Path) -> None:
    path = tmp_path / 'model.zip'
    ARCHIVE.save(str(path))

    with pytest.raises(ValueError, match='Out of range'):
        Archive('a:B', {'x': float('nan')}, {}, {}).save(str(path))

    assert Archive.load(str(path)) == ARCHIVE
    assert [entry.name for entry in tmp_path.iterdir()] == ['model.zip']


def test_what_a_killed_writer_has_left_is_removed_by_the_next_and_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / 'model.zip'
    (tmp_path / '.model.zip.0123456789abcdef.part').write_bytes(b'left by a killed process')
    (tmp_path / '.other.zip.0123456789abcdef.part').write_bytes(b'of another file')

    with DurableFile(str(path)) as first:
        first.write(b'first')
        ARCHIVE.save(str(path))
        assert len(list(tmp_path.glob('.model.zip.*.part'))) == 1
    assert path.read_bytes() == b'first'
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ['.other.zip.0123456789abcdef.part', 'model.zip']
