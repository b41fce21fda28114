"""The words that make a mention of a medicine an order, bar it, end it, or give its dose, route and frequency.

Owns the vocabulary. Refuses to know how an order is put together from it.
"""

from __future__ import annotations

import re

PROPOSED = re.compile(
    r"propos|\bplan\b|pre-?printed|protocol|pathway|standard|template|order set|\bstart|commenc|initiat|prescri|\bgive\b|"
    r"\bto go home|discharge (?:on|med|with)|TTO|request|suggest|draft|拟|常规|给予|予以|加用|带药|建议|草案|路径|方案|医嘱|处方|开具|模板|起始|\border|\bload\b|recommend|advi[sc]e|\badd(?:ing)?\b|\boffer|\bwants?\b|\basks? for|\basking for|要求|treat(?:ed|ment)? with|considered|\bchart(?:ed)? for|switch|bundle|tick-?box|\bpacks?\b|\bguide(?:line|book)?s?\b|microguide|\bcard\b|sticker|leaflet|standing|stock sheet|改用|换用|建议|开始|处理[:：]|治疗[:：]|套餐|备选|中心常用|科室常用|口头|录入|带入|\bticked\b|已勾|勾选|\bdrawn up\b|备好|抽好|配好|行不行|可不可以|能不能|可否|能否|(?:护士|家属|患者|病人|药师|药房|实习生?|规培生?|住院医|同事)[^，。；\n]{0,6}(?:问|提议)|意见",
    re.IGNORECASE,
)
CURRENT = re.compile(
    r"\bmed(?:s|ication|icines?)\b|\btak(?:es|ing)\b|\bon\b(?! (?:day|the|review|exam\w*|admission|arrival)\b)|regular|repeat|DHx|\bDH\b|home|despite|已在服|正在服|用药|服用|长期|口服|目前|平素|吸入|\b(?:bought|sold|buys|selling|given (?:him|her|them|the \w+) by|gave (?:him|her|them) (?!a (?:rash|reaction))|has been giving|(?:is|are|been) giving (?:him|her|the \w+)|over[- ]the[- ]counter|OTC)\b|卖给|卖了|售给|买了|买来|买的|自购|自行购|自买|网购|代购|自带|自备|偷偷(?:吃|喂)|已?喂了",
    re.IGNORECASE,
)
BARRED_BEFORE = re.compile(
    r"\b(?:avoid\w*|never|without|stop(?:ped|ping)?|hold|held|withh\w+|discontinu\w+|ceas\w+|suspend\w*|paus\w+|"
    r"previous(?:ly)?|formerly|instead of|rather than|contraindicat\w+|tried|failed|used to|last (?:year|month))\b[^.;]*$",
    re.IGNORECASE,
)
BARRED_NEAR = re.compile(
    r"\b(?:not|no|nor|talked about|discuss\w+|considered|considering|rejected|declin\w+|refus\w+|allerg\w*|anaphyla\w*|intoleran\w*|(?:reaction|rash|hives|swelling|swollen|angio-?o?edema|bronchospasm|urticaria|DRESS|SJS)\b[^.;,]{0,20}\b(?:to|with|after|on|from)|off|had|"
    r"sensitive to|(?:mother|father|sister|brother|wife|husband)(?! (?:has |had |have )?(?:bought|buys|gave|gives|given|been giving|brought|asks?|asked|wants?|suggests?)\b))\b[^.;]*$",
    re.IGNORECASE,
)
"""Bars the medicine of its own phrase and a bare list; a dose after a comma is a new order ("no allergies, amoxicillin 1 g")."""
ORDER_WORD = re.compile(
    r"(?:\b(?:plan|propos\w+|start\w*|prescri\w+|give|begin|commenc\w+|initiat\w+|order\w*|suggest\w*|recommend\w*)\b)(?!.*(?:\bplan|\bstart|prescri|\bgive\b))",
    re.IGNORECASE,
)
BARRED_BEFORE_ZH = re.compile(
    r"(?:停用|已停|(?<![未不没])停|避免|禁用|禁|不用|未用|曾|勿|不宜|不能|否认|对|过敏史?[:：]?|既往用|暂停|家属(?!自?带|自备|代?购|自?买|给|要求|已?喂)|(?:父亲|母亲)(?!给|已?喂|自?买|代?购|要求|问|带))[^，,；。]*$"
)
BARRED_AFTER = re.compile(
    r"^\s*(?:->|→|-|:)\s*(?:NO\b|not\b)|^[^.;\n，。；]{0,40}?(?:\b(?:stopped|held|withheld|discontinued|allerg\w*|anaphyla\w*|contraindicated|intoleran\w*|caused|brings|brought|gave (?:him|her)|made (?:him|her)|last year|years? ago|in the past|before without|finished|completed|level|last (?:dose|taken|given)|no longer|destroyed|is avoided|was given|not (?:yet )?(?:started|begun|commenced|given|prescribed)|(?:was |were )?(?:considered|discussed|rejected)|declined|does not want|doesn't want|not wanted)\b|过敏|停用|已停|禁用|不用|未用|不宜|不予|不耐受|浓度|皮疹|休克|所致|引起|导致|末次|开成|误开|误写|不带|不再|销毁|已删)",
    re.IGNORECASE,
)
ANSWERED_NO = re.compile(
    r"\s*[?？]\s*(?:no\b\s*[,.;:–—-]*\s*)?(?:not|never) (?:given|started|commenced|taken|used|prescribed|needed)\b"
    r"|\s*[?？]\s*no\s*(?:[,.;:–—-]|$)|\s*[?？]\s*(?:未用|没用|未给|未予|没给|没有用|否)",
    re.IGNORECASE,
)
"""``started clarithromycin? no, NOT given``: the question is answered; ``amoxicillin? no allergies`` answers another."""
LEFT_FOR_ANOTHER = re.compile(
    r"\b(?:switch\w*|chang\w*|convert\w*|swap\w*|replac\w*|transition\w*)\s+(?:\w+\s+){0,2}?$|(?:\bfrom|由|将|把|从|原)\s*$",
    re.IGNORECASE,
)
CHANGED_TO = re.compile(
    r"(?:\b(?:changed|increased|reduced|decreased|titrated|raised|lowered) to|→|->|改为|增至|减至|加至)\s*$",
    re.IGNORECASE,
)
FOR_ANOTHER = re.compile(
    r"^[^.;\n，。；]{0,30}?(?:\b(?:to|with|by|for)\b|→|->|改为|换为|换成|改用|更换为|改成)", re.IGNORECASE
)
ENDED = re.compile(
    r"\b(?:stop\w*|held|hold|withh\w+|discontinu\w+|ceas\w+|suspend\w*|paus\w+|omit\w*|switch\w*|chang\w*|complet\w+|finish\w+)\b|"
    r"停|暂缓|禁|改为|换|不再",
    re.IGNORECASE,
)
ROUTES = tuple(
    (route, re.compile(pattern, re.IGNORECASE))
    for route, pattern in (
        ("inhaled", r"inhal|\bpuffs?\b|neb(?:s|uli[sz]\w+)?\b|spacer|\bMDI\b|haler|吸入|雾化|气雾|粉雾|揿|喷(?!雾?鼻)"),
        ("nasal", r"nasal|nostril|nose|鼻"),
        ("eye", r"\beyes?\b|\bdrops?\b|ophthalm|滴眼|眼膏|眼用"),
        ("intrathecal", r"intrathecal|鞘内"),
        ("patch", r"\bpatch(?:es)?\b|transdermal|/\s?h(?:ou)?r?\b|贴剂|透皮|贴片"),
        ("rectal", r"\brectal\w*|suppositor\w+|\bPR\b|enema|(?<!溶)栓|灌肠|直肠"),
        ("iv", r"\bIVI?\b|intraven\w+|infus\w+|bolus|静脉|静滴|静推|静注|泵入|滴注|ivgtt|iv\b"),
        ("im", r"\bIM\b|intramusc\w+|auto-?inject\w+|肌注|肌内|肌肉注射"),
        ("sc", r"\bS/?C\b|subcut\w*|皮下"),
        ("oral", r"\bPO\b|\boral\w*|by mouth|tablets?|capsules?|口服|片|胶囊|颗粒"),
    )
)  # fmt: skip
DOSE = re.compile(
    r"^[^\d\n.;。；，,]{0,24}?((?:\d{1,3}(?:,\d{3})+|\d+(?:[.,]\d+)?)(?:\s?[-–~]\s?\d+(?:\.\d+)?)?\s?(?:mg|mcg|microg(?:ram)?s?|µg|μg|ug|g|units?|IU|ml|mmol|毫克|微克|克|片|粒|单位|puffs?)(?:/kg|/\s?(?:h(?:ou)?rs?|小时))?)(?![A-Za-z]|/(?!\d|\s?(?!hour|dose|day|week|month|minute|tablet|capsule|puff|spray|actuation|met(?:re|er)|square|lit(?:re|er)|vial|ampoule)[A-Za-z]{6}|(?!小时|分钟|公斤|千克|毫升|平方|每日)[㐀-鿿]{2}))",
    re.IGNORECASE,
)
OFTEN = re.compile(
    r"\b(?:once|twice|three times|four times|every \d+ ?(?:h\w*|hours?)|OD|BD|BID|TDS|TID|QDS|QID|QD|nocte|(?-i:ON)|daily|weekly|(?:every|each) (?:morning|evening|night)|in the morning|mane|at bedtime|once a week|per week|every day|each day|a day|PRN|stat|q\d+h)\b(?: (?:daily|a day|weekly|a week|per week|per day))?|每[日天周晚早][^，。；\s]{0,5}|[一二三四1-4]次/[日天]|(?:qd|bid|tid|qid|qn|qw|q\d+h)",
    re.IGNORECASE,
)
INDICATION = re.compile(r"\s*(?:for (?!(?:consider|discuss))|since\b)", re.IGNORECASE)
FORBIDDEN = re.compile(
    r"(?:\b(?:do not|don't|not to|never|must not|should not|avoid)|不要|勿|避免|不宜)\s*(?:\w+\s+){0,2}$|(?:慎用?|禁用?|忌用?|避免|勿用)\s?(?:/\s?(?:慎|禁|忌)用?)?\s?[:：][^。；\n]{0,80}$",
    re.IGNORECASE,
)
TOPICAL = re.compile(
    r"\b(?:gel|cream|ointment|topical|lotion|shampoo|pessar\w+|eye ?drops?|ear ?drops?|eyedrops)\b|乳膏|凝胶|软膏|滴眼|外用|洗剂|滴耳|贴膏",
    re.IGNORECASE,
)
PROPOSED_AFTER = re.compile(
    r"^[^.;,\n]{0,40}\b(?:offered|proposed|suggested|advised|requested|to (?:start|begin|be started|be given))\b",
    re.IGNORECASE,
)
"""Behind a dose: nobody takes it yet."""
ENDED_AFTER = re.compile(
    r"^[^.;\n，。；、（(]{0,12}?(?:停用(?!指征|标准|时机)|已停|停药|末次服用|末次用药|不再服|不带|\b(?:was|has been|were) (?:stopped|discontinued)\b|\bstopped (?:\d+|on|in|last|because|after)\b|"
    r"\blast (?:dose|taken|given)\b[^.;\n]{0,30}\b(?:ago|before)\b)",
    re.IGNORECASE,
)
"""Behind a medicine: it was ended for good, so that an older line with its dose is no order."""
REACTED_TO = re.compile(
    r"\b(?:rash|hives|urticaria|spots|reaction|anaphyla\w+|swelling|wheeze)\b[^.;\n]{0,30}\b(?:to|with|after|on|from|of)\s*$",
    re.IGNORECASE,
)
"""Before a medicine: the reaction it once caused."""
CONTINUED_AFTER = re.compile(
    r"^\s?(?:方案|化疗|治疗)?\s?(?:(?:按?原(?:剂?量|方案)|照常|足量|全量|照旧)\s?(?:继续|续用|维持|使用|服用|应用|不变)?|(?<!不)继续(?!观察|监测|暂停|停|禁)|续用|不变|照用|照服)|"
    r"^\s(?:(?:to|should|can|will) )?(?:continue[sd]?|carry on|go(?:es)? on|unchanged|as before|at full dose)\b",
    re.IGNORECASE,
)
"""Behind a medicine: it is to go on, with no word of a dose."""
ASKED_AFTER = re.compile(
    r"^[^。；;\n？?]{0,40}(?:行不行|可不可以|能不能|可否|能否|可以(?:打|用|吃|给|推|上)?吗|能(?:打|用|吃|给|推|上)吗|行吗|好吗|要不要)",
)
"""Behind a medicine: somebody asks to give it, ``X 10 mg 肌注行不行``."""
RESTARTED = re.compile(
    r"(?<!not yet )(?<!not )(?<!be )\b(?:restarted|re-?started|resumed|recommenced|reintroduced)\b|(?<![未不暂])(?:已恢复|已重启|恢复(?:使用|服用|口服)|重新(?:开始|启用|服用))",
    re.IGNORECASE,
)
"""In a medicine's own line: it is taken again."""
