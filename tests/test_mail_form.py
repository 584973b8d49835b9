"""Letters as mails: what is in the parts, what is in the headers, and that nothing typed gets out of its place."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from alignment_lib.errors import BY_NAME, MailError
from alignment_lib.mail import plain, render, safe
from alignment_lib.mail.letter import Grid, Letter, Line, Section
from alignment_lib.mail.message import LARGEST, message_id, reader_id
from alignment_lib.mail.people import Person
from tests import fixture_mail
from tests.fixture_letters import ADA, ARABIC, HOSTILE, JAPANESE, NOW, Seen, everything, received, sent

ROOT = Path(__file__).parents[1]
CALM = st.characters(exclude_categories=["Cs"])
QUIET_LETTER = Letter("Four leads came", "", "Four leads came", "W1", (Section("", lines=(Line("Four leads came."),)),))


def parts(made: EmailMessage) -> tuple[str, str]:
    """HTML and text as they arrive."""
    html, text = (received(made).get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None and text is not None
    return html.get_content(), text.get_content().replace("\r\n", "\n")


class TestTheMessage:
    def test_text_comes_first_then_html_with_its_pictures(self) -> None:
        got = received(sent(everything()))
        assert got.get_content_type() == "multipart/alternative"
        text, related = got.iter_parts()
        assert text.get_content_type() == "text/plain" and related.get_content_type() == "multipart/related"
        assert related.get_param("type") == "text/html"  # RFC 2387, 3.1
        html, *pictures = related.iter_parts()
        assert html.get_content_type() == "text/html" and html.get_content_charset() == "utf-8"
        assert [p.get_content_type() for p in pictures] == ["image/png"]
        assert [p.get_content_disposition() for p in pictures] == ["inline"]

    def test_a_letter_without_pictures_needs_no_related_part(self) -> None:
        assert [p.get_content_type() for p in received(sent(QUIET_LETTER)).iter_parts()] == ["text/plain", "text/html"]

    def test_every_cid_has_its_part_and_every_part_its_cid(self) -> None:
        letter = everything()
        made = received(sent(letter))
        named = {str(i["src"]).removeprefix("cid:") for i in Seen(parts(made)[0]).all("img")}
        held = {str(p["Content-ID"]).strip("<>") for p in made.walk() if p["Content-ID"]}
        assert named == held and len(held) == len(letter.pictures) == 1
        [picture] = [p for p in made.walk() if p["Content-ID"]]
        assert picture.get_content() == letter.pictures[0].png

    def test_the_headers_say_who_when_and_what(self) -> None:
        got = received(sent(replace(everything(), subject="W38: 118 of 120 MQLs")))
        assert got["From"] == "Alignment Reports <reports@nordlicht.example>"
        assert got["To"] == "Ada Lovelace <ada@nordlicht.example>"
        assert got["Subject"] == "W38: 118 of 120 MQLs"
        assert got["Date"].datetime == NOW
        assert got["Auto-Submitted"] == "auto-generated" and got["X-Auto-Response-Suppress"] == "All"
        assert got["Content-Language"] == "en" and got["MIME-Version"] == "1.0"
        assert got["List-Id"] == "Weekly Smarketing report <weekly.alignment-reports.nordlicht.example>"
        assert got["Cc"] is got["Bcc"] is got["Reply-To"] is got["Precedence"] is None

    def test_answers_go_where_the_settings_say(self) -> None:
        sender = {**fixture_mail.SETTINGS["sender"], "reply_to": "revops@nordlicht.example"}
        got = received(sent(QUIET_LETTER, settings=fixture_mail.settings(sender=sender)))
        assert got["Reply-To"] == "revops@nordlicht.example"

    def test_the_same_input_makes_the_same_bytes_also_in_another_process(self) -> None:
        letter = everything()
        script = (
            "import sys; from tests.fixture_letters import everything, sent;"
            "sys.stdout.buffer.write(bytes(sent(everything())))"
        )
        other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True).stdout
        assert bytes(sent(letter)) == bytes(sent(everything())) == other

    @pytest.mark.parametrize("letter", [everything(JAPANESE), replace(QUIET_LETTER, sections=(Section("Zürich"),))])
    def test_it_is_ascii_in_lines_that_every_server_takes(self, letter: Letter) -> None:
        wire = bytes(sent(replace(letter, title="Für Zürich")))
        assert wire.isascii() and b"\n" not in wire.replace(b"\r\n", b"")
        assert max(map(len, wire.split(b"\r\n"))) <= 78

    def test_sending_again_is_another_message_and_says_so(self) -> None:
        first, again, third = (received(sent(QUIET_LETTER, resent=r)) for r in (0, 1, 2))
        assert again["Subject"] == "Sent again: Four leads came" and first["Subject"] == "Four leads came"
        assert third["Subject"] == again["Subject"]
        assert len({first["Message-ID"], again["Message-ID"], third["Message-ID"]}) == 3

    def test_the_message_id_leads_back_to_the_mailing_and_tells_no_address(self) -> None:
        about = {"report": "weekly", "period": "2026-W38", "slice": None, "address": ADA.address}
        known = message_id(fixture_mail.settings(), **about)
        assert re.fullmatch(r"<weekly\.2026-W38\.[0-9a-f]{20}@nordlicht\.example>", known)
        others = [{"slice": "segment=x"}, {"address": "b@nordlicht.example"}, {"period": "2026-W39"}, {"resent": 1}]
        ids = {message_id(fixture_mail.settings(), **{**about, **other}) for other in [{}, *others]}
        assert len(ids) == 5 and known in ids
        assert message_id(fixture_mail.settings(), **{**about, "address": ADA.address.upper()}) == known
        assert received(sent(QUIET_LETTER))["Message-ID"] == known

    def test_no_boundary_stands_in_a_part(self) -> None:
        wire = bytes(sent(everything()))
        for boundary in re.findall(rb'boundary="([^"]+)"', wire):
            assert wire.count(b"--" + boundary) == wire.count(b"\r\n--" + boundary) >= 3


class TestLeavingTheList:
    LEAVE = "https://nordlicht.example/a/path/that/is/longer/than/any/line/of/a/header/may/be?list={list}&id={id}"

    def test_by_mail_alone_there_is_no_one_click(self) -> None:
        ways = fixture_mail.settings(unsubscribe={"mailto": "leave@nordlicht.example"})
        got = received(sent(QUIET_LETTER, settings=ways))
        reader = reader_id("weekly", ADA.address)
        assert got["List-Unsubscribe"] == f"<mailto:leave@nordlicht.example?subject=leave%20weekly%20{reader}>"
        assert got["List-Unsubscribe-Post"] is None

    def test_by_https_it_takes_one_click(self) -> None:
        """RFC 8058, 3.1: one https address, and the header that says that a POST is enough."""
        ways = fixture_mail.settings(unsubscribe={"mailto": "leave@nordlicht.example", "https": self.LEAVE})
        made = sent(QUIET_LETTER, settings=ways, report="marketing-update")
        reader = reader_id("marketing-update", ADA.address)
        filled = self.LEAVE.format(list="marketing-update", id=reader)
        assert f"List-Unsubscribe: <{filled}>,\r\n <mailto:".encode() in bytes(made)
        assert received(made)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_the_way_out_stands_in_both_parts_of_the_mail_too(self) -> None:
        ways = fixture_mail.settings(unsubscribe={"mailto": "leave@nordlicht.example"})
        got = received(sent(QUIET_LETTER, settings=ways))
        way = f"mailto:leave@nordlicht.example?subject=leave%20weekly%20{reader_id('weekly', ADA.address)}"
        page, text = (got.get_body((kind,)).get_content() for kind in ("html", "plain"))
        assert f"To leave this list: {way}" in text and f'href="{way}"' in page
        none = received(sent(QUIET_LETTER, settings=fixture_mail.settings(unsubscribe={})))
        assert "eave this list" not in none.get_body(("html",)).get_content()

    def test_the_reader_is_a_hash_of_list_and_address(self) -> None:
        ids = [
            reader_id(r, a)
            for r, a in (("weekly", "a@x.example"), ("monthly", "a@x.example"), ("weekly", "b@x.example"))
        ]
        assert len(set(ids)) == 3 and not any("@" in i or "a@x" in i for i in ids)
        assert ids[0] == reader_id("weekly", "A@X.example")

    def test_nobody_is_told_to_leave_where_nobody_can(self) -> None:
        assert received(sent(QUIET_LETTER))["List-Unsubscribe"] is None


class TestNothingTypedGetsOut:
    NAMES = (
        "Eve\r\nBcc: everybody@evil.example",
        'Müller, "Jörg" <x@evil.example>',
        "a@evil.example, b@evil.example",
        "\u202eelpmaxe.live\u202c",
        "名前 " * 30,
        "O'Brien; group: x;",
        "",
        "=?utf-8?q?Bcc=3A?=",
    )

    @pytest.mark.parametrize("name", NAMES)
    def test_a_name_is_a_name_of_one_address(self, name: str) -> None:
        got = received(sent(QUIET_LETTER, to=Person(ADA.address, name, None)))
        assert [a.addr_spec for a in got["To"].addresses] == [ADA.address]
        assert [a for _, a in getaddresses([got["To"]])] == [ADA.address]
        assert got["Bcc"] is None and "\u202e" not in got["To"] and "\n" not in str(got["To"])

    @given(name=st.text(CALM, max_size=120), subject=st.text(CALM, max_size=300))
    @settings(max_examples=60)
    def test_no_name_and_no_subject_makes_another_header(self, name: str, subject: str) -> None:
        known = received(sent(QUIET_LETTER)).keys()
        got = received(sent(replace(QUIET_LETTER, subject=subject), to=Person(ADA.address, name, None)))
        assert got.keys() == known
        assert [a.addr_spec for a in got["To"].addresses] == [ADA.address] and not got["To"].defects
        assert len(got["Subject"]) < 200 and got["Subject"] == safe.line(subject, 190)

    def test_half_a_letter_cannot_stop_a_mail(self) -> None:
        """A lone surrogate stands in JSON as an escape and cannot be encoded."""
        made = sent(everything("half \ud83d of one"), to=Person(ADA.address, "\udc00", None))
        assert "half \ufffd of one" in parts(made)[1]

    def test_a_long_subject_is_shortened(self) -> None:
        got = received(sent(replace(QUIET_LETTER, subject="word " * 100), resent=True))["Subject"]
        assert got.startswith("Sent again: word") and got.endswith("…") and len(got) < 200

    @pytest.mark.parametrize("address", ["x@y.example\r\nBcc: z@evil.example", "a b@x.example", "<x@y.example>", ""])
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        with pytest.raises(MailError, match="mail address"):
            sent(QUIET_LETTER, to=Person(address, "Eve", None))

    @pytest.mark.parametrize("text", HOSTILE)
    def test_typed_markup_stays_text(self, text: str) -> None:
        letter = everything(text)
        html, told = render.render(letter)
        seen = Seen(html)
        usual = Seen(render.html(everything()))
        assert [name for name, _ in seen.tags] == [name for name, _ in usual.tags]
        assert not any(a.startswith("on") for _, attributes in seen.tags for a in attributes)
        shown = safe.body(text)
        assert " ".join(shown.split()) in seen.text and " ".join(shown.split()) in " ".join(told.split())
        assert not set("\u202e\u2066\x00\x1b") & set(html + told)

    def test_links_are_https_or_none(self) -> None:
        html, text = render.render(everything())
        links = [str(a["href"]) for a in Seen(html).all("a")]
        assert len(links) == 4 and all(link.startswith("https://") for link in links)
        assert "javascript:" not in text and "https://crm.example/1" in text and "http://x.y" not in text

    def test_nothing_is_loaded_from_elsewhere(self) -> None:
        html = render.html(everything())
        seen = Seen(html)
        assert not {"script", "link", "iframe", "object", "form", "base", "svg", "video"} & {t for t, _ in seen.tags}
        assert all(str(a["src"]).startswith("cid:") for _, a in seen.tags if "src" in a)
        assert "url(" not in html and "@import" not in html

    def test_japanese_and_arabic_arrive_whole(self) -> None:
        for text in (JAPANESE, ARABIC):
            html, told = parts(sent(everything(text)))
            assert text in Seen(html).text and text in re.sub(r"\s*\n\s*", "" if text == JAPANESE else " ", told)


class TestTheHtml:
    def test_it_has_a_language_headings_and_tables_with_heads(self) -> None:
        seen = Seen(render.html(everything()))
        assert seen.all("html")[0]["lang"] == "en" and len(seen.all("h1")) == 1
        assert len(seen.all("h2")) == 2, "a section without content has no heading either"
        scopes = [a["scope"] for a in seen.all("th")]
        assert scopes == ["col"] * 5 + ["row"] * 3 + ["col"] * 2 + ["row"] * 2
        layout = [a for a in seen.all("table") if a.get("role") != "table"]
        assert all(a["role"] == "presentation" for a in layout) and len(seen.all("caption")) == 2

    def test_the_width_is_kept_by_outlook_and_given_up_by_a_phone(self) -> None:
        html = render.html(everything())
        assert re.search(r'<!--\[if mso\]><table role="presentation" width="600"', html)
        assert "max-width:600px" in html and "@media (max-width:480px)" in html
        assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3

    def test_pictures_have_a_size_and_say_what_they_show(self) -> None:
        [picture] = Seen(render.html(everything())).all("img")
        assert picture["width"] == "552" and int(str(picture["height"])) > 100
        assert picture["alt"] == "5 deals. From W1 to W2: 3, 5."
        assert "font-size:15px" in str(picture["style"]), "the text in its place is styled"

    def test_dark_mode_has_its_own_colours(self) -> None:
        html = render.html(everything())
        assert '<meta name="color-scheme" content="light dark">' in html
        assert "@media (prefers-color-scheme:dark)" in html and "var(--" not in html

    def test_a_status_is_a_shape_and_a_word(self) -> None:
        seen = Seen(render.html(everything()))
        for told in ("✓ kept", "▲ missed", "○ An ordinary text", "▲ overdue 3 days"):
            assert told in seen.text.replace("\u00a0", " ")

    def test_every_typed_text_finds_its_own_direction(self) -> None:
        html = render.html(everything(ARABIC))
        bare = re.findall(rf'<(?:p|td|th|h1|h2|h3|caption)(?![^>]*dir="auto")[^>]*>{ARABIC}', html)
        assert bare == []

    def test_a_misspelt_name_is_an_error(self) -> None:
        with pytest.raises(UndefinedError):
            render._environment().from_string("{{ leter }}").render(letter=everything())


class TestTheText:
    def test_lines_fit_and_addresses_stay_whole(self) -> None:
        long = "https://intranet.nordlicht.example/" + "x" * 90
        letter = replace(everything("word " * 60), link=long)
        lines = render.text(letter).splitlines()
        assert long in lines
        assert max(plain.columns(line) for line in lines if line != long) <= plain.WIDTH

    def test_a_script_without_blanks_is_cut_where_the_line_ends(self) -> None:
        lines = plain.wrap(JAPANESE, "  ").splitlines()
        assert max(map(plain.columns, lines)) <= plain.WIDTH and "".join(line.strip() for line in lines) == JAPANESE

    def test_a_narrow_table_aligns_and_a_wide_one_becomes_labelled_lines(self) -> None:
        grid = Grid(
            "", ("What", "Count"), (("日本", "3"), ("Won deals", "1,234")), numeric=(1,), links=("https://x.y", "")
        )
        assert plain.table(grid).splitlines() == [
            "What       Count", "---------  -----", "日本           3", "  https://x.y", "Won deals  1,234",
        ]  # fmt: skip
        wide = Grid("", ("What", "Why", "Owner"), (("A", "because " * 12, ""),), links=("https://x.y",))
        assert plain.table(wide).splitlines() == [
            "* A", "  Why: because because because because because because because because",
            "    because because because because", "  https://x.y",
        ]  # fmt: skip

    def test_what_the_html_says_the_text_says(self) -> None:
        html, text = render.render(everything())
        told = " ".join(text.split())
        for piece in (
            "88",
            "kept",
            "85 %",
            "missed",
            "overdue 3 days",
            "1,",
            "5 deals. From W1 to W2: 3, 5.",
            "Second",
        ):
            assert piece in Seen(html).text.replace("\u00a0", " ") or piece == "1,"
            assert piece in told or piece == "1,"


class TestTheSize:
    def test_what_mail_programs_would_clip_is_not_sent(self) -> None:
        letter = replace(everything(), title="The long one", sections=(Section("s", lines=(Line("word " * 30_000),)),))
        with pytest.raises(MailError, match=r"“The long one” takes \d{6} bytes without its pictures, 90000 at most"):
            sent(letter)
        assert BY_NAME["MailError"] is MailError and MailError.exit_code == 4

    def test_pictures_do_not_count_and_a_list_of_25_leads_fits(self) -> None:
        made = sent(everything("Somebody's name of the usual length", rows=25))
        size = sum(len(bytes(p)) for p in made.walk() if p.get_content_maintype() == "text")
        assert size < LARGEST * 0.75
        heavy = replace(everything().pictures[0], png=b"\x89PNG" + b"x" * 200_000)
        sent(replace(QUIET_LETTER, sections=(Section("s", pictures=(heavy,)),)))
