"""Identifiers go, clinical words stay, and what went can be put back."""

from __future__ import annotations

import pytest

from assistant.safety.redaction import redact

# text, what must go, what must stay
NOTES = [
    (
        "Mr Aldous Penhallow, 71M, MRN 4471902, seen 12/03/2025 with chest pain.",
        ["Aldous Penhallow", "4471902", "12/03/2025"],
        ["71", "chest pain"],
    ),
    (
        "Reviewed by Dr Okonkwo on 4 May 2024; continue bisoprolol 2.5 mg.",
        ["Okonkwo", "4 May 2024"],
        ["bisoprolol 2.5 mg"],
    ),
    (
        "Lives with her daughter Marisol at 14 Tanner Row, Wexby.",
        ["Marisol", "14 Tanner Row"],
        ["Lives with her daughter"],
    ),
    (
        "Parkinson disease for 6 years, Foley catheter in place.",
        [],
        ["Parkinson disease", "Foley catheter", "6 years"],
    ),
    ("Tel 01632 960345, email h.price@mailbox.example", ["01632 960345", "h.price@mailbox.example"], []),
    ("NHS number 943 476 5919, date of birth 02/11/1950.", ["943 476 5919", "02/11/1950"], []),
    ("SSN 078-05-1120 on file.", ["078-05-1120"], ["on file"]),
    ("Aged 94, frail. BP 130/80, HR 92.", ["94"], ["130/80", "HR 92"]),
    ("89 year old woman, weight 90 kg.", [], ["89", "90 kg"]),
    ("Pacemaker serial no PX-33910-A checked.", ["PX-33910-A"], ["checked"]),
    (
        "Transferred from Larkmoor General Hospital to Dene View Nursing Home.",
        ["Larkmoor General Hospital", "Dene View Nursing Home"],
        ["Transferred"],
    ),
    (
        "Graves disease, Wells score 4, Glasgow Coma Scale 15.",
        [],
        ["Graves disease", "Wells score 4", "Glasgow Coma Scale 15"],
    ),
    (
        "Next of kin: Ingrid Halvorsen (wife), mobile 07700 900123.",
        ["Ingrid Halvorsen", "07700 900123"],
        ["wife"],
    ),
    ("Metformin 500 mg twice daily and Apixaban 5 mg.", [], ["Metformin 500 mg", "Apixaban 5 mg"]),
    (
        "Please see https://portal.clinic.example/p/991 for images.",
        ["https://portal.clinic.example/p/991"],
        ["for images"],
    ),
    ("Patient name: Tomasz Zielinski. Zielinski reports dizziness.", ["Zielinski"], ["reports dizziness"]),
    ("Seen by Sister Abernathy; Abernathy changed the dressing.", ["Abernathy"], ["changed the dressing"]),
    ("Potassium 5.9 on day 3, creatinine 180, eGFR 28.", [], ["5.9", "day 3", "180", "eGFR 28"]),
    ("Crohn's disease; infliximab started 2019.", [], ["Crohn's disease", "infliximab", "2019"]),
    ("She works at Harrow Bakery and her son Idris visits.", ["Harrow Bakery", "Idris"], ["visits"]),
    ("My name is Bronwen Pugh and I feel sick.", ["Bronwen Pugh"], ["I feel sick"]),
    ("Passport no 533401229 copied.", ["533401229"], []),
    ("患者张伟明，男，67岁，住院号8830217，因胸痛入院。", ["张伟明", "8830217"], ["67岁", "胸痛"]),
    ("王建国医生2024年5月6日查房，继续阿司匹林100mg。", ["王建国", "2024年5月6日"], ["阿司匹林100mg"]),
    ("联系人：李秀英（女儿），电话138-0000-0456。", ["李秀英", "138-0000-0456"], ["女儿"]),
    ("帕金森病病史5年，Foley导尿管通畅。", [], ["帕金森病", "5年", "Foley导尿管"]),
    ("身份证号11010119500307773X。", ["11010119500307773X"], []),
    ("转自青石市第二人民医院。", ["青石市第二人民医院"], []),
    ("93岁，血压130/80。", ["93"], ["130/80"]),
    (
        "Dr Black reviewed; Mrs English and Mr Day came. Prof. Long's plan. Black stool on day 2.",
        ["Dr Black", "English", "Mr Day", "Long"],
        ["Black stool", "day 2"],
    ),
    ("Mr. White Smith signed. Dr To review.", ["White Smith"], ["To review"]),
    ("邮箱li.na@mail.example，网址https://h.example/a。", ["li.na@mail.example", "https"], []),
    ("心率92，体重90kg，血钾5.2。", [], ["92", "90kg", "5.2"]),
    ("患者陈志强诉头晕，陈志强之妻陪同。", ["陈志强"], ["头晕"]),
]


@pytest.mark.parametrize(("text", "goes", "stays"), NOTES)
def test_identifiers_go_and_clinical_words_stay(text: str, goes: list[str], stays: list[str]) -> None:
    redacted = redact(text)
    for identifier in goes:
        assert identifier not in redacted.text, redacted.text
    for words in stays:
        assert words in redacted.text, redacted.text


@pytest.mark.parametrize("text", [row[0] for row in NOTES])
def test_what_went_can_be_put_back_exactly(text: str) -> None:
    redacted = redact(text)
    assert redacted.restore(redacted.text) == text
    assert all(text[span.start : span.end] == span.text for span in redacted.spans)
    ends = [0, *(span.end for span in redacted.spans)]
    assert all(span.start >= end for span, end in zip(redacted.spans, ends, strict=False))


def test_the_patients_own_name_goes_however_it_is_written() -> None:
    text = "zbigniew came. Zbignew was late; ZBIGNIEW KOWALCZYK signed. kowalczyk again."
    redacted = redact(text, known=["Zbigniew Kowalczyk"]).text.lower()
    assert "zbig" not in redacted
    assert "kowalczyk" not in redacted


def test_a_chinese_name_on_the_record_goes_without_context() -> None:
    assert "欧阳雪" not in redact("今天欧阳雪吃得好。", known=["欧阳雪"]).text


def test_the_same_words_get_the_same_placeholder() -> None:
    redacted = redact("Dr Okonkwo called. Okonkwo will return.")
    assert redacted.text.count("[NAME_1]") == 2


def test_a_placeholder_that_was_never_given_out_is_left() -> None:
    redacted = redact("Dr Okonkwo called.")
    assert redacted.restore("[NAME_1] and [NAME_7]") == "Okonkwo and [NAME_7]"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "a", "。", "[NAME_1]"])
def test_short_and_empty_texts_pass(text: str) -> None:
    assert redact(text).text == text


def test_an_address_abroad_goes_where_a_cue_says_that_one_follows_and_a_dose_stays() -> None:
    gone = redact("Her billing address is 27 Thorsgata 63\nMoss\n 51971 for now.").text
    assert "Thorsgata" not in gone
    assert "51971" not in gone
    dose = "Then return to 250 mg twice daily, at most 1000 mg."
    assert redact(dose).text == dose


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("Surgeon Dr Blunt. Blunt dissection artefact at one edge.", "Dr Blunt", "Blunt dissection"),
        ("Seen by Mr White. White cell count 12. White agreed.", "Mr White", "White cell count"),
        ("Nurse Young: Young adult clinic. Young to review.", "Nurse Young:", "Young adult"),
        ("Dr Long term plan; Mrs Ann Green sputum culture.", "Ann Green", "culture"),
    ],
)
def test_a_surname_that_is_a_word_too_stays_only_as_the_word(text: str, gone: str, kept: str) -> None:
    told = redact(text).text
    assert kept in told
    assert gone not in told
    assert "White agreed" not in told


# Dates, ages, numbers and places in other hands' styles; beside each the figure that only looks like one.
STYLES = [
    ("Sutures out by the 24th. 24th percentile for weight.", ["the 24th."], ["24th percentile"]),
    ("Seen Feb 3, 8, 11 and due Weds 2nd.", ["3, 8, 11", "2nd"], []),
    ("CT 14/vii/24, born 7.3.'61, clinic the ninth of May.", ["14/vii/24", "7.3.'61", "ninth of May"], []),
    ("Fever began on 2 shawwal.", ["2 shawwal"], []),
    (
        "Wound swab negative 19/8; VA 6/18, pain 6/10, nodes 3/14, for 5/7, in 2/52.",
        ["19/8"],
        ["6/18", "6/10", "3/14", "5/7", "2/52"],
    ),
    ("Visto em 4 de junho de 2021.", ["4 de junho de 2021"], []),
    ("She is ninety-six. Ninety per cent of doses taken.", ["ninety-six"], ["Ninety per cent"]),
    ("Mrs Orla Beck (97) slept. Temperature is 37.2 C (99 F), SpO2 (95).", ["(97)"], ["99 F", "(95)"]),
    ("Home: 7b The Ropewalk, Nether Stowe, DE4 9ZZ.", ["Ropewalk", "Nether Stowe"], []),
    ("we stay 31 mopani crescent, gweru. stay 2 more days.", ["31 mopani"], ["2 more days"]),
    ("Przy ul. Polna 4, 31-101 Kraków.", ["Polna 4"], []),
    (
        "Machine SN 4410-88213, policy QRS/71/00213, payroll no. KD-00412.",
        ["4410-88213", "QRS/71/00213", "KD-00412"],
        [],
    ),
    ("Came from Ghana; lives in Tarkwa.", ["Tarkwa"], ["Ghana"]),
    (
        "廿三日复诊，下次19号，腊月初八随访；3号床，已服12天。",
        ["廿三日", "19号", "腊月初八"],
        ["3号床", "12天"],
    ),
    ("体检日6.17。血红蛋白6.17。4岁3月，病程8月。", ["体检日6.17"], ["血红蛋白6.17", "4岁3月", "病程8月"]),
    ("老人九十六岁，去年九月手术。", ["九十六", "九月"], []),
    ("家住槐树镇粮库后头第一排。住院一周。", ["槐树镇"], ["住院一周"]),
    ("受雇于远山铸造有限公司，送石桥县妇幼保健院。", ["远山铸造", "石桥县妇幼保健院"], []),
]

# Names by many hands; beside each the word that it also is.
NAMES = [
    ("OAKES, Violet   KM20417   memory clinic", ["OAKES", "Violet"], ["memory clinic"]),
    ("COPD, Asthma. HEENT, Normal.", [], ["COPD, Asthma", "HEENT, Normal"]),
    ("Name:  ADEBAYO\n-COLE\nSex: F", ["ADEBAYO", "COLE"], ["Sex: F"]),
    ("this is samira, wife of dr farouk. dr will call.", ["samira", "farouk"], ["dr will call"]),
    ("pt tran van minh, 58m, on the ward", ["tran van minh"], ["on the ward"]),
    ('Ronan "Red" Gallagher, 40, came.', ["Ronan", "Red", "Gallagher"], ["came"]),
    ("N.K. slept well. Girlfriend R. agrees. Seen at 8 A.M. daily.", ["N.K.", "Girlfriend R."], ["8 A.M."]),
    ("Dressing done. typed by pj", ["pj"], ["Dressing done"]),
    ("Mum (Winifred, 90) fell.", ["Winifred"], ["fell"]),
    (
        "S/B Dr Hope Frost. Hope is for home. Frost outside. Frost said wait.",
        ["Hope Frost", "Frost said"],
        ["Hope is for home", "Frost outside"],
    ),
    (
        "Will he need oxygen? May go home. Kitchen assessment done.",
        [],
        ["Will he", "May go", "Kitchen assessment"],
    ),
    (
        "RN Will Penny came; will he sleep? Every penny counts.",
        ["Will Penny"],
        ["will he sleep", "Every penny"],
    ),
    ("Yes. Okay. I'm fine. No, I've not.", [], ["Yes", "Okay", "I'm fine"]),
    ("姓名：欧阳\n思远\n性别：男", ["欧阳", "思远"], ["性别：男"]),
    ("女儿阿珍陪同，老伴诸葛慧在家。", ["阿珍", "诸葛慧"], ["陪同"]),
    ("陳美玲女士，太太Grace 何詠儀。", ["陳美玲", "何詠儀"], ["女士"]),
    ("患者才让卓玛，藏族，32岁。玉素甫·艾力来诊。", ["才让卓玛", "玉素甫·艾力"], ["藏族"]),
    ("术者：石磊 一助：江帆 麻醉：高兴。情绪高兴。胆囊石磊磊。", ["江帆", "麻醉：高兴"], ["情绪高兴"]),
    ("邢护士、谷雨（规培）交班。谷雨时节多雨。", ["邢护士", "谷雨（规培）"], ["谷雨时节"]),
    (
        "母亲高血压，父亲黄疸，女儿安装支架，和医生商量，由护士陪同。",
        [],
        ["高血压", "黄疸", "安装支架", "和医生", "由护士"],
    ),
]

TERMS = [
    "Barrett mucosa, Banff 1A, Hoehn and Yahr 3, Le Fort II, Montreal A2 L3",
    "Pfannenstiel section, Erlenmeyer flask, Purdue pegboard, Lauren diffuse type, Forrest IIa",
    "Norovirus screen, Ki-67 30%, Kt/V 1.3, C-reactive protein, Gram-negative rods",
    "no todd paresis, child-pugh c, west haven 2",
    "林纳试验阳性，韦伯试验居中，卡普兰综合征，柏林蓝染色，何杰金氏病，Allis征，Brunnstrom手Ⅲ期，Tenckhoff導管",
    "阿莫西林1g，白蛋白32，金银花露，车前子15g",
]


@pytest.mark.parametrize(("text", "goes", "stays"), [*STYLES, *NAMES])
def test_other_hands_styles_and_their_look_alikes(text: str, goes: list[str], stays: list[str]) -> None:
    told = redact(text).text
    assert [word for word in goes if word in told] == []
    assert [word for word in stays if word not in told] == []


@pytest.mark.parametrize("text", TERMS)
def test_terms_that_hold_a_name_stay_whole(text: str) -> None:
    assert redact(text).text == text


def test_traditional_characters_keep_their_offsets() -> None:
    text = "醫師許芳宜請會診。"
    assert redact(text).spans[0].text == "許芳宜"


def test_an_eponym_behind_a_title_is_a_person() -> None:
    told = redact("Seen by Dr Barrett and Mr Banff; Barrett mucosa on biopsy.").text
    assert "Dr Barrett" not in told
    assert "Mr Banff" not in told
    assert "Barrett mucosa" in told
