"""200 hostile files, generated from a seed: bombs, entities, deep JSON, traversal names, wrong types, locked, cut-off and lying
files, and files that are two things at once. Refuses to know how files are read.
"""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = 20_261_121


FULL = 200


Make = Callable[[random.Random, Path], bytes]


@dataclass(frozen=True)
class HostileFile:
    kind: str
    name: str
    content: bytes


def generate(
    number: int = FULL, *, seed: int = SEED, secret: Path = Path("/etc/hostname")
) -> Iterator[HostileFile]:
    """``number`` files, the kinds in turn; the same seed gives the same files. ``secret`` is what they try to read."""
    chance = random.Random(seed)
    kinds = list(_KINDS.items())
    for i in range(number):
        kind, (ending, make) = kinds[i % len(kinds)]
        name = _NAMES[i % len(_NAMES)].format(i=i, ending=ending)
        yield HostileFile(kind, name, make(chance, secret))


_NAMES = (
    "upload-{i}.{ending}",
    "../../../../tmp/bedside-escaped-{i}.{ending}",
    "..\\..\\escaped-{i}.{ending}",
    "/etc/cron.d/bedside-{i}.{ending}",
    "C:\\Windows\\{i}.{ending}",
    "a" * 240 + "{i}.{ending}",
    "<img src=x onerror=alert({i})>.{ending}",
    "; rm -rf ~ {i}.{ending}",
    "\u202egpj.{i}.{ending}",
    "con.{i}.{ending}",
)


def _zip(parts: dict[str, bytes], *, level: int = 9) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


_TYPES = b"""<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""


_RELS = b"""<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"""


_W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _docx(document: bytes, **more: bytes) -> bytes:
    parts = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELS, "word/document.xml": document}
    return _zip({**parts, **{k.replace("__", "/"): v for k, v in more.items()}})


def _docx_bomb(chance: random.Random, _: Path) -> bytes:
    body = b"<w:p><w:r><w:t>" + b"A" * (chance.randint(60, 180) * 1_000_000) + b"</w:t></w:r></w:p>"
    return _docx(b"<w:document " + _W + b"><w:body>" + body + b"</w:body></w:document>")


def _docx_paragraphs(chance: random.Random, _: Path) -> bytes:
    body = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>" * chance.randint(400_000, 900_000)
    return _docx(b"<w:document " + _W + b"><w:body>" + body + b"</w:body></w:document>")


def _docx_laughs(chance: random.Random, _: Path) -> bytes:
    rows = [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, chance.randint(9, 12))]
    head = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">' + "".join(rows) + "]>"
    body = f"<w:document {_W.decode()}><w:body><w:p><w:r><w:t>&l{len(rows)};</w:t></w:r></w:p></w:body></w:document>"
    return _docx((head + body).encode())


def _docx_xxe(chance: random.Random, secret: Path) -> bytes:
    address = chance.choice((secret.as_uri(), "http://127.0.0.1:9/x", "file:///etc/passwd"))
    head = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "{address}">]>'
    body = f"<w:document {_W.decode()}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
    return _docx((head + body).encode(chance.choice(("utf-8", "utf-16"))))


def _docx_traversal(_: random.Random, __: Path) -> bytes:
    text = b"<w:document " + _W + b"><w:body><w:p><w:r><w:t>Rest.</w:t></w:r></w:p></w:body></w:document>"
    return _zip({"[Content_Types].xml": _TYPES, "_rels/.rels": _RELS, "word/document.xml": text,
                 "../../../../tmp/bedside-escaped": b"x", "/etc/bedside-escaped": b"x"})  # fmt: skip


def _zip_lying(chance: random.Random, _: Path) -> bytes:
    """A DOCX whose directory declares a size that the data do not have."""
    raw = bytearray(_docx(b"<w:document " + _W + b"><w:body/></w:document>"))
    place = raw.rfind(b"PK\x01\x02")
    raw[place + 24 : place + 28] = struct.pack("<I", chance.choice((0, 2**31, 2**32 - 2)))
    return bytes(raw)


def _zip_of_zips(_: random.Random, __: Path) -> bytes:
    inner = _zip({"zeros": b"\0" * 10_000_000})
    for _depth in range(4):
        inner = _zip({f"{i}.zip": inner for i in range(10)})
    return inner


def _zip_locked(_: random.Random, __: Path) -> bytes:
    raw = bytearray(_docx(b"<w:document " + _W + b"><w:body/></w:document>"))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (found := raw.find(mark, start)) >= 0:
            raw[found + place] |= 1
            start = found + 4
    return bytes(raw)


def _pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    made = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    return made + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        trailer,
        start,
    )


_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


_PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>"


def _stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(content), extra) + content + b"\nendstream"


def _pdf_bomb(chance: random.Random, _: Path) -> bytes:
    zeros = zlib.compress(b"0 " * (chance.randint(40, 120) * 1_000_000), 9)
    return _pdf(_CATALOG, _PAGES, _PAGE, _stream(zeros, b"/Filter /FlateDecode"))


def _pdf_twice_packed(chance: random.Random, _: Path) -> bytes:
    zeros = zlib.compress(zlib.compress(b"\0" * (chance.randint(100, 300) * 1_000_000), 9), 9)
    return _pdf(_CATALOG, _PAGES, _PAGE, _stream(zeros, b"/Filter [/FlateDecode /FlateDecode]"))


def _pdf_circle(_: random.Random, __: Path) -> bytes:
    return _pdf(_CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R 2 0 R] /Count 3 /Parent 2 0 R >>")


def _pdf_many_pages(chance: random.Random, _: Path) -> bytes:
    kids = b" ".join([b"3 0 R"] * chance.randint(100_000, 300_000))
    return _pdf(
        _CATALOG, b"<< /Type /Pages /Kids [" + kids + b"] /Count 999999999 >>", _PAGE, _stream(b"BT ET")
    )


def _pdf_operators(chance: random.Random, _: Path) -> bytes:
    text = b"BT /F1 1 Tf " + b"(a) Tj 1 0 Td " * chance.randint(500_000, 900_000) + b"ET"
    return _pdf(_CATALOG, _PAGES, _PAGE, _stream(zlib.compress(text), b"/Filter /FlateDecode"))


def _pdf_script(_: random.Random, secret: Path) -> bytes:
    action = b"<< /S /JavaScript /JS (app.launchURL('http://127.0.0.1:9/')) >>"
    catalog = b"<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R >>"
    launch = b"<< /S /Launch /F (" + str(secret).encode() + b") >>"
    return _pdf(catalog, _PAGES, _PAGE, _stream(b"BT (Rest) Tj ET"), action, launch)


def _pdf_locked(chance: random.Random, _: Path) -> bytes:
    key = bytes(chance.randrange(65, 90) for _ in range(32))
    lock = (
        b"/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O ("
        + key
        + b") /U ("
        + key
        + b") >> /ID [(a) (a)]"
    )
    return _pdf(_CATALOG, _PAGES, _PAGE, _stream(b"x" * 64), trailer=lock)


def _pdf_cut(chance: random.Random, _: Path) -> bytes:
    whole = _pdf(_CATALOG, _PAGES, _PAGE, _stream(b"BT (Take one tablet) Tj ET"))
    return whole[: chance.randint(12, len(whole) - 10)]


def _pdf_lying(chance: random.Random, _: Path) -> bytes:
    lie = b"<< /Length %d >>\nstream\nBT ET\nendstream" % chance.choice((2**31, 2**40, 2**63))
    return _pdf(_CATALOG, _PAGES, _PAGE, lie, b"<< /Type /XRef /Size 99999999999 /W [1 9 9] >>")


def _json_deep(chance: random.Random, _: Path) -> bytes:
    deep = chance.choice((500, 5_000, 100_000, 2_000_000))
    return b'{"resourceType":"Bundle","entry":' + chance.choice((b"[", b'{"a":')) * deep


def _json_deep_closed(chance: random.Random, _: Path) -> bytes:
    deep = chance.choice((150, 400, 900, 50_000))
    return b'{"bundle":' * deep + b'{"resourceType":"Bundle"}' + b"}" * deep


def _json_wide(chance: random.Random, _: Path) -> bytes:
    one = b'{"resource":{"resourceType":"Observation","code":{"text":"x"}}}'
    return b'{"resourceType":"Bundle","entry":[' + b",".join([one] * chance.randint(100_000, 400_000)) + b"]}"


def _json_number(chance: random.Random, _: Path) -> bytes:
    value = chance.choice((b"9" * 1_000_000, b"1e999999999", b"-" * 9, b"NaN", b"1" + b"0" * 5000))
    return (
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","valueQuantity":{"value":'
        + value
        + b"}}}]}"
    )


def _json_circle(chance: random.Random, _: Path) -> bytes:
    """References that lead in a circle and to addresses outside."""
    entries = [
        {"resource": {"resourceType": "Patient", "id": "p", "link": [{"other": {"reference": "Patient/p"}}]}},
        {"resource": {"resourceType": "Observation", "id": "a", "hasMember": [{"reference": "Observation/b"}]}},
        {"resource": {"resourceType": "Observation", "id": "b", "hasMember": [{"reference": "Observation/a"}],
                      "subject": {"reference": f"http://127.0.0.1:9/{chance.random()}"}}},
        {"resource": {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "file:///etc/passwd"}}]}},
    ]  # fmt: skip
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def _xml_record(chance: random.Random, secret: Path) -> bytes:
    body = f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY x SYSTEM "{secret.as_uri()}">]><Bundle xmlns="http://hl7.org/fhir">&x;</Bundle>'
    return body.encode(chance.choice(("utf-8", "utf-16")))


def _html_hostile(chance: random.Random, secret: Path) -> bytes:
    deep = chance.choice((1_000, 20_000, 100_000))
    body = f'<iframe src="{secret.as_uri()}"></iframe><img src="http://127.0.0.1:9/i"><script>x()</script>'
    return (
        f"<html><base href='http://127.0.0.1:9/'><body>{body}" + "<div>" * deep + "Rest." + "</body></html>"
    ).encode()


def _wrong_type(chance: random.Random, _: Path) -> bytes:
    marks = (
        b"\x7fELF",
        b"MZ\x90\0",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"\x1f\x8b\x08",
        b"SQLite format 3\0",
        b"\x80\x04\x95",
        b"#!/bin/sh\nrm -rf ~\n",
    )
    return chance.choice(marks) + chance.randbytes(chance.randint(100, 100_000))


def _noise(chance: random.Random, _: Path) -> bytes:
    return chance.randbytes(chance.randint(0, 300_000))


def _polyglot(chance: random.Random, _: Path) -> bytes:
    """A PDF that is a zip that is a page: what it is depends on who looks."""
    archive = _docx(b"<w:document " + _W + b"><w:body/></w:document>")
    page = b"<html><script>alert(1)</script></html>"
    pdf = _pdf(_CATALOG, _PAGES, _PAGE, _stream(page))
    return chance.choice(
        (pdf + archive, archive + pdf, b"GIF89a/*" + page + b"*/" + pdf, page + archive, b'{"a":1}\n' + pdf)
    )


def _long_line(chance: random.Random, _: Path) -> bytes:
    """Text on which careless patterns take for ever."""
    part = chance.choice(
        (b"a", b" ", b"1.", b"# ", b"(", b"mg ", b"- ", b"\t", b"2026-01-", b"!", "血".encode())
    )
    return b"Patient: A\n" + part * (chance.randint(200_000, 2_000_000) // len(part))


def _encodings(chance: random.Random, _: Path) -> bytes:
    return chance.choice(
        (b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\xef\xbb\xbf", b"+/v8")
    ) + chance.randbytes(chance.randint(1, 9_999))


def _yaml_head(_: random.Random, __: Path) -> bytes:
    rows = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    return (
        "---\na0: &a0 [x]\n"
        + "\n".join(rows)
        + "\ntitle: !!python/object/apply:os.system [id]\n---\n# Rest\nRest."
    ).encode()


_KINDS: dict[str, tuple[str, Make]] = {
    "docx_bomb": ("docx", _docx_bomb), "docx_paragraphs": ("docx", _docx_paragraphs), "docx_laughs": ("docx", _docx_laughs),
    "docx_xxe": ("docx", _docx_xxe), "docx_traversal": ("docx", _docx_traversal), "zip_lying": ("docx", _zip_lying),
    "zip_of_zips": ("docx", _zip_of_zips), "zip_locked": ("docx", _zip_locked), "pdf_bomb": ("pdf", _pdf_bomb),
    "pdf_twice_packed": ("pdf", _pdf_twice_packed), "pdf_circle": ("pdf", _pdf_circle), "pdf_many_pages": ("pdf", _pdf_many_pages),
    "pdf_operators": ("pdf", _pdf_operators), "pdf_script": ("pdf", _pdf_script), "pdf_locked": ("pdf", _pdf_locked),
    "pdf_cut": ("pdf", _pdf_cut), "pdf_lying": ("pdf", _pdf_lying), "json_deep": ("json", _json_deep),
    "json_deep_closed": ("json", _json_deep_closed), "json_wide": ("json", _json_wide), "json_number": ("json", _json_number),
    "json_circle": ("json", _json_circle), "xml_record": ("txt", _xml_record), "html_hostile": ("html", _html_hostile),
    "wrong_type": ("pdf", _wrong_type), "noise": ("json", _noise), "polyglot": ("pdf", _polyglot), "long_line": ("txt", _long_line),
    "encodings": ("txt", _encodings), "yaml_head": ("md", _yaml_head),
}  # fmt: skip
