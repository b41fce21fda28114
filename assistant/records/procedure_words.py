"""The words around a procedure that tell whether it was done, is planned or was called off.

Owns the patterns, English and Chinese. Refuses to weigh them against each other (``procedures``).
"""

from __future__ import annotations

import re

CANCELLED = re.compile(
    r"(?i)\b(?:cancel\w*|called off|not (?:done|needed|required|performed|indicated|proceeded|undertaken|pursued|for|placed|inserted|attempted|carried out|used|given)|deferred|postponed|abandoned|aborted|no longer (?:needed|required|indicated|planned)|stood down|did not (?:go ahead|proceed|happen)|declined|refused|withdrawn|scrapped|avoided)\b"
    r"|取消|未行|暂不|未做|未予|不行|暂缓|推迟|延期|放弃|拒绝|中止|改期|无需|未实施|未施行|未输|不需|未放置|未植入|未置|未成功|不同意|未手术|没做|没有做|没行|没用上|没上|没放|没输|没打|不做了|不用做|未用"
)
CANCELLED_BEFORE = re.compile(f"(?:{CANCELLED.pattern.removeprefix('(?i)')})[^,，]{{0,14}}$", re.IGNORECASE)
PLANNED = re.compile(
    r"(?i)\b(?:plan(?:ned|s)?|book(?:ed)?|schedul\w+|list(?:ed)?|await\w*|for|consider\w*|pending|will|to have|to be|needs?|request\w*|refer\w*|interval|elective|arrange\w*|may need|candidate|if|consented|on the list|tomorrow|before|prior to|in \d+|recommend\w*|discuss\w*)\b"
    r"|拟|计划|备|待|预约|择期|安排|建议|必要时|考虑|准备|讨论|评估|原定|排(?=\s?\d|(?:在|到|了|于)|[明后下周])"
)
PLANNED_AFTER = re.compile(
    r"(?i)^(?:\W*\w+){0,2}\W+(?:was |is |were )?(?:planned|booked|scheduled|arranged|listed|tomorrow|awaiting|pending|slot)\b|^\W{0,3}(?:if|for|planned|booked|to be|scheduled|tomorrow|in \d|pending|discussed|set for|on (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)|\d{1,2}/\d{1,2} -|待|拟|定于|定在|安排|排在|排到|[^。；;，,]{0,2}评估)|^\s*\?"
)
DONE = re.compile(
    r"(?i)\b(?:s/p|status post|underwent|performed|done|completed|had|received|inserted|placed|removed|successful\w*|uncomplicated|post-?op|postoperative|POD|today|showed|shows|revealed|yesterday|in theatre|under (?:GA|LA|spinal)|on \d|by (?:Dr|Mr)|drained|without complication\w*|given|started|weaned|extubated|placement|insertion|no complications?|converted|in situ|repaired|transfused|failed|attempted|sited|applied)\b"
    r"|已行|取出|引出|置入|植入|拔除|行(?!走|动|为)|术中|术后|顺利|成功|完成|示|见|提示|予"
)
REPORTED = re.compile(
    r"(?i)^\s*(?:\([^()]*\)\s*)?(?:[:：]\s*\S|[-–—]+\s+(?!if\b|for\b|await)\S|(?:neg\w*|normal|NAD|clear)\b|(?:at )?\d{1,2}[:.]\d\d\b)"
)
"""``OGD - grade 3 varices``, ``Ascitic tap: WCC 410``: what it found stands behind it."""
SAYS_ITSELF = re.compile(r"(?i)(?:ed|applied|placed|deployed)$|x ?\d$|枚$|^\d+ ?u|^拔除|^输")
EARLIER_AFTER = re.compile(
    r"(?i)\s*术后(?!第|\s?\d+\s?[天小]|出现|恢复)|\s*术?后?\s*\d+\s?余?年|[^.,;]{0,12}\b(?:\d+ (?:years?|yrs?|months?|mo) ago|last (?:year|month|week)|as (?:a )?child|in childhood|aged? \d)"
)
ON_STANDBY = re.compile(
    r"(?i)\W{0,3}(?:备用|未用|未启用|on standby|standby|not used|check\b|clinic\b|patient\b|stump\b|site\b|card\b|scar\b)"
)
EARLIER_BEFORE = re.compile(
    r"(?i)(?:\b(?:previous|prior|hx of|history of|h/o|old|known)\s+(?:\w+\s+){0,2}|既往|曾行|距)$"
)
"""What was done before this stay: ``冠心病 PCI术后``, ``previous CABG``."""
NOT_DONE_ZH = re.compile(r"(?:未|未予|无需|不需|没有|不予)$")
NEVER_MEANT = re.compile(
    r"(?i)(?:\s*[/,+&]\s*[\w-]+){0,4}\s?(?:[:：–-]\s*)?(?:was |is |were )?not (?:indicated|for|appropriate|offered)\b"
)
ONE_MORE = re.compile(r"(?i)\b(?:repeat|further|another|second|surveillance|routine|follow-?up)\s(?:\w+\s)?$")
NO_NEED = re.compile(r"(?i)^[^.;,]{0,30}\bnot (?:needed|required|necessary|indicated)\b")
"""``Repeat OGD in 12 months not needed``: nothing that was planned has been called off."""
SIGN = re.compile(
    r"(?i)\b(?:redness|pus|swelling|odou?r|smell|fever|chills|bleeding|wound|incision|call|ring|return|purulent)\b"
)
"""``Call for redness, drainage``: what a wound may do."""
DENIED = re.compile(r"(?i)\b(?:no|not|without|nil|never)\s+(?:\w+\s)?$")
NEVER_MEANT_BEFORE = re.compile(r"(?i)\bnot for (?:\w+ ){0,2}$")
