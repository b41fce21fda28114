"""Each kind of error that a writer can make, and the look-alike that must pass."""

from __future__ import annotations

import pytest

from assistant.domain.answer import Verdict
from assistant.verification.support import Source, check_sentence
from knowledge.formulary import open_formulary

EN = [
    Source("Community acquired pneumonia treated with co-amoxiclav 625 mg TDS from 03/11.", "2025-11-03"),
    Source("HOLD lisinopril for AKI, creatinine 1.9.", "2025-11-03"),
    Source("Metformin 1000 mg BID continues. No chest pain. Left leg swelling.", "2025-11-04"),
    Source("Furosemide reduced from 80 mg to 40 mg od. Denies haemoptysis.", "2025-11-05"),
]
ZH = [
    Source("4-9 改利伐沙班15mg bid。暂停缬沙坦(血压低)。否认咯血,左小腿肿胀。", "2025-04-09"),
    Source("4-13 氨氯地平加至5mg qd。", "2025-04-13"),
]

TRUE = [
    (EN, "Lisinopril was held for acute kidney injury."),
    (EN, "Metformin 1000 mg twice daily was continued."),
    (EN, "There was no chest pain."),
    (EN, "Pneumonia was treated with co-amoxiclav from 3 November."),
    (EN, "Creatinine was 1.9."),
    (EN, "Furosemide was reduced to 40 mg once daily."),
    (EN, "The patient denied haemoptysis."),
    (EN, "Augmentin 625 mg was given three times daily for pneumonia."),
    (ZH, "因血压低暂停缬沙坦。"),
    (ZH, "4月9日改用利伐沙班15mg每日两次。"),
    (ZH, "患者否认咯血。"),
]
FALSE = [
    (EN, "Lisinopril was continued.", "lisinopril"),
    (EN, "Co-amoxiclav treated the AKI.", "co-amoxiclav"),
    (EN, "Metformin 500 mg was continued.", "500 mg"),
    (EN, "Metformin 625 mg was given.", "625 mg"),
    (EN, "Metformin 1000 mcg was continued.", "1000 mcg"),
    (EN, "The patient had chest pain.", "chest"),
    (EN, "Right leg swelling was seen.", "side"),
    (EN, "Pneumonia was treated from 4 December.", "date"),
    (EN, "She was given warfarin.", "warfarin"),
    (EN, "The patient recovered fully and went home.", "recovered"),
    (EN, "Creatinine was 2.9.", "2.9"),
    (EN, "Furosemide was increased to 40 mg.", "furosemide"),
    (ZH, "缬沙坦继续使用。", "valsartan"),
    (ZH, "患者咯血。", "咯血"),
    (ZH, "利伐沙班20mg每日一次。", "20mg"),
    (ZH, "右小腿肿胀。", "right"),
]


@pytest.mark.parametrize(("sources", "sentence"), TRUE)
def test_a_sentence_that_the_evidence_bears_out_is_supported(sources: list[Source], sentence: str) -> None:
    check = check_sentence(sentence, sources, open_formulary())
    assert check.verdict is Verdict.SUPPORTED, check.reason
    assert check.cited


@pytest.mark.parametrize(("sources", "sentence", "named"), FALSE)
def test_a_sentence_that_changes_a_fact_is_withheld_with_the_reason(
    sources: list[Source], sentence: str, named: str
) -> None:
    check = check_sentence(sentence, sources, open_formulary())
    assert check.verdict is Verdict.UNSUPPORTED
    assert named in check.reason


def test_a_wrong_citation_is_replaced_by_the_source_that_bears_the_sentence_out() -> None:
    check = check_sentence("Creatinine was 1.9.", EN, open_formulary(), cited=[2])
    assert check.verdict is Verdict.SUPPORTED
    assert check.cited == (1,)


def test_a_sentence_without_content_is_unparsed_and_never_shown_as_fact() -> None:
    assert check_sentence("And then she was.", EN, open_formulary()).verdict is Verdict.UNPARSED


def test_without_evidence_nothing_is_supported() -> None:
    assert check_sentence("Creatinine was 1.9.", [], open_formulary()).verdict is Verdict.UNSUPPORTED


DAYS = [
    Source("泼尼松末次(10-24起共5天),停。", "2026-10-28"),
    Source("急性心肌梗死——无ST抬高,冠脉CTA(4-9)无狭窄,排除。", "2026-04-07"),
    Source("T38.7℃,P108次/分,BP146/84mmHg。", "2026-04-07"),
    Source("ERCP planned 8/15 pm CANCELLED.", "2026-08-15"),
    Source("Pain 2/10.", "2026-08-19"),
    Source("No clarithromycin w/ theophylline.", "2026-08-19"),
    Source("Wt 68 kg"),
]


@pytest.mark.parametrize(
    ("said", "supported"),
    [
        ("住院期间：泼尼松末次(10-24起共5天),停。", True),
        ("住院期间：泼尼松末次(10-26起共5天),停。", False),
        ("2026-04-07：急性心肌梗死——无ST抬高,冠脉CTA(4-9)无狭窄,排除。", True),
        ("2026-04-07：急性心肌梗死——有ST抬高,冠脉CTA(4-9)无狭窄,排除。", False),
        ("住院期间：blood pressure146/84mmHg。", True),
        ("住院期间：blood pressure164/84mmHg。", False),
        ("During the stay: 2026-08-15: ERCP planned 8/15 pm CANCELLED.", True),
        ("ERCP was done on 15 August.", False),
        ("It was noted: Pain 2/10 (2026-08-19).", True),
        ("It was noted: Pain 3/10 (2026-08-19).", False),
        ("Clarithromycin with theophylline.", False),
        ("It was noted: No clarithromycin with theophylline.", True),
        ("It was noted: Wt 68 kg (date not recorded).", True),
        ("It was noted: Wt 86 kg (date not recorded).", False),
    ],
)
def test_days_limits_and_denials_of_wards_are_read_alike(said: str, supported: bool) -> None:
    for source in DAYS:
        check = check_sentence(said, [source], open_formulary())
        if check.verdict is Verdict.SUPPORTED:
            assert supported, said
            return
    assert not supported, said
