"""Tests that answer with a word: ``HCV Ab REACTIVE (S/CO 14.2)``, ``HBsAg neg, RSV pos``.

Owns which such tests and answers are read, English and Chinese. Refuses tests that answer with a figure.
"""

from __future__ import annotations

import re

from assistant.domain.record import Observation, ObservationKind
from assistant.records.result_tables import ChartContext
from assistant.records.sections import Segment
from assistant.records.text_spans import Span

_TEST = (
    r"NS1(?: Ag)?|(?:Dengue|Leptospira|Scrub typhus|Chikungunya|Widal|EBV|CMV|Toxoplasma) (?:IgM|IgG)(?: ELISA)?|MP smear|HBs ?Ag|anti-?HBs|anti-?HBc|HBe ?Ag|HBV DNA|HCV (?:Ab|antibody|RNA|PCR)|anti-?HCV|HIV(?: (?:Ag/Ab|Ab|1/2|4th gen))?|RPR|VDRL|TPHA|TPPA|syphilis(?: \w+)?|"
    r"RSV|influenza(?: [AB](?:/B)?)?|flu(?: [AB](?:/B)?)?|COVID(?:-19)?|SARS-?CoV-?2|rhinovirus|adenovirus|(?:hu?mpv|metapneumovirus)|pertussis(?: PCR)?|mycoplasma(?: PCR| IgM)?|"
    r"legionella(?: (?:urinary )?(?:antigen|Ag))?|pneumococcal (?:antigen|Ag)|strep A|monospot|malaria(?: (?:film|screen|RDT))?|dengue(?: NS1| IgM)?|QuantiFERON|IGRA|T-?SPOT|C\.? ?diff(?:icile)?(?: (?:toxin|PCR|GDH))?|"
    r"H\.? ?pylori(?: (?:Ag|antigen|stool|CLO|urease))?|norovirus|MRSA(?: (?:screen|swab))?|ANA|ANCA|anti-?(?:dsDNA|GBM|CCP|TTG|Jo1|Ro|La)|DAT|Coombs|troponin|hCG|β-?hCG|pregnancy test|FIT|FOBT?|GBS(?: swab)?|UDS"
)
_FOUND = re.compile(
    rf"(?<![\w-])(?P<name>{_TEST})\s{{0,2}}[:：]?\s?(?P<value>pos(?:itive)?|neg(?:ative)?|(?:non-?)?reactive|not detected|detected|not isolated|equivocal|indeterminate|immune|non-?immune|阳性|阴性)"
    r"(?P<more>\s?\([^()\n]{1,30}\))?(?![\w-])"
    r"|(?P<zh>乙肝表面抗原|丙肝抗体|梅毒(?:螺旋体)?抗体|HIV抗体|呼吸道合胞病毒|支原体(?:抗体|IgM)?|流感病毒(?:抗原|核酸)?|新冠(?:病毒)?核酸|大便潜血|尿酮体|Hp快速尿素酶|结核(?:抗体|菌素试验))\s?[:：]?\s?(?P<zh_value>阳性|阴性|[(（][+＋±-－]{1,4}[)）])",
    re.IGNORECASE,
)


def found_or_not(
    sentence: Span, segment: Segment, context: ChartContext, time: str | None
) -> list[Observation]:
    """One observation a test that the sentence answers with a word, in order."""
    out = []
    for match in _FOUND.finditer(sentence.text):
        name = match["name"] or match["zh"]
        value = f"{match['value']}{match['more'] or ''}" if match["name"] else match["zh_value"]
        place = sentence.sub(match.start(), match.end()).place(context.document_id)
        out.append(Observation(name, value, ObservationKind.LAB, place, time=time))
    return out
