"""How a dose, how often and by which way are written, in English and Chinese.

Owns the patterns of single parts. Refuses to know how the parts of one line belong together (``dose_text``).
"""

from __future__ import annotations

import re

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|\.\d+)"
UNIT = (
    r"(?:mg/kg|mcg/kg|mg|mcg|microg(?:ram)?s?|milligrams?|µg|μg|ug|ng|g|grams?|gm|units?|iu|u|mmol|meq|mls?|million units|"
    r"puffs?|tabs?|tablets?|caps?|capsules?|drops?|gtts?|sprays?|patch(?:es)?|sach(?:et)?s?|nebules?|nebs?|vials?|actuations?|"
    r"suppositor(?:y|ies)|applications?|lozenges?|%|"
    r"毫克|微克|克|单位|万单位|片|粒|袋|支|吸|喷|滴|毫升|贴|丸|揿|下(?![午肢周月次腹])|mU|万U)"
)
PER = r"(?:\s?/\s?(?:\d+\s?)?(?:24\s?h(?:rs?|ours?)?|72\s?h(?:rs?)?|hr?|hour|day|d|min|ml|kg|dose|小时|日|天)(?![a-z]))?"
_COUNT = r"(?:one|two|three|four|half(?:\sa)?|½|1/2|一|二|两|三|四|半)"
AMOUNT = rf"(?:{NUMBER}(?:\s?[-–~～]\s?{NUMBER})?\s?{UNIT}(?:(?<=[一-鿿])|(?![a-zA-Z]))(?:\s?(?:-|–|to)\s?{NUMBER}\s?(?:mg|g|mcg|microg(?:ram)?s?)(?![a-zA-Z/]))?{PER}|{NUMBER}\s?\#|{_COUNT}\s?(?:tab(?:let)?s?|puffs?|caps(?:ules?)?|sachets?|片|粒|袋|支|吸|喷)(?![a-z]))"
_STRENGTH = r"(?!\d{1,2}/\d{1,2}/20\d\d(?!\d))\d{1,4}(?:\.\d+)?(?:\s?/\s?\d{1,4}(?:\.\d+)?){1,2}(?!\s?\d*\s?(?:mmHg|mm))"
DOSE = re.compile(
    rf"(?i)(?<![\d.,/])(?:{_STRENGTH}\s?(?:mg|mcg|microg(?:ram)?s?)?\s*)?{AMOUNT}(?:\s?[x×]\s?\d+\s?{UNIT}?(?![a-z]))?|(?<![\d.,/]){_STRENGTH}(?=\s|$|,|;)"
)
FREQUENCY = re.compile(
    r"(?i)(?<![a-z])(?:"
    r"(?:once|twice|three times|four times|[1-6]\s?(?:x|times))\s?(?:a|per|/|each|every)?\s?(?:daily|day|morning|evening|night|week(?:ly)?|wk|month|d(?![a-z]))|"
    r"(?:one|two|three|four|[1-8])\s(?:a|per|each|every)\s(?:day|night|morning|evening|week)|"
    r"[0-3½](?:\s?-\s?[0-3½]){2,3}(?![\d/-])|"
    r"once(?:\s(?:only|daily|weekly|nightly))?|twice(?:\s(?:daily|weekly))?|"
    r"(?:every|each)\s(?:other\sday|(?:two|three|four|six|eight|twelve)\s(?:hours?|days?|weeks?|months?)|\d+(?:\s?[-–]\s?\d+)?\s?(?:h(?:(?:ou)?rs?)?(?![a-z])|hrly|days?|wks?|weeks?|months?)|morning|evening|night|day|week|month|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)|"
    r"q\.?\s?\d+(?:[-–]\d+)?\s?(?:h(?:rs?)?|d|w(?:k|eeks?)?|months?)|"
    r"[x×]\s?[1-8]\s?(?:/|per\s|a\s|times\s(?:a\s)?)?\s?(?:day|daily)|(?:five|six|seven|eight|[5-8])\stimes(?:\s(?:a\s|per\s)?(?:day|daily)|(?=\s?:))|"
    r"(?<![\d.,/])\d+[- ]?(?:hourly|daily|weekly|monthly|yearly)|alternate days?|on alternate days|"
    r"(?:o\.?d|b\.?d|t\.?d\.?s|q\.?d\.?s|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|q\.?d|qod|qhs|qam|qpm|qn|qw|biw|tiw|om|on(?!\s+(?:\d|non-|ward|admission|discharge|arrival|hold|call|request|the\b|a\b|mon|tue|wed|thu|fri|sat|sun))|mane|nocte|hs|ac|pc|stat|prn|p\.r\.n|sos|daily(?:,?\s(?:except|but not)\s(?:on\s)?(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)?|nightly|weekly|monthly|fortnightly)(?![a-z/])\.?|"
    r"at\s(?:bed\s?time|night|breakfast|dinner)|in the (?:morning|evening)|bedtime|with (?:meals?|food|breakfast)|before (?:meals?|breakfast|bed)|as (?:needed|required)|when required|if (?:needed|required)|"
    r"(?:after|post|at|with|on)[ -](?:each |every )?(?:HD|dialysis|haemodialysis|hemodialysis)(?: days?| sessions?)?(?: only)?|on non-(?:HD|dialysis) days|MWF|TTS|M/W/F|T/Th/S|"
    r"weekly on \w+|(?:mon|wed|fri|sat|sun|tue|thu)s?(?:day)?(?:/(?:mon|tue|wed|thu|fri|sat|sun)\w*)+"
    r")|每(?:日|天|晚|早|周|月|晨|\d+\s?小时|隔日)(?!最多|不超过|最大|上限|总量|限|减|增|加|递减|递增)(?:[一二两三四1-4]次)?(?:早晚)?|隔日(?:一次)?|睡前|必要时|(?:气?喘|疼痛|胸痛|发作|发热|失眠|便秘|气促|胸闷|呼吸困难)时(?:[服吸使]?用|含服?|吸|服|喷)|(?:早晚|晨起|餐[前后中]|随餐|空腹)(?:服|各一次)?|[一1][日天](?:[一二两三四1-4][次回]|[一二两三四\d]{1,2}(?:吸|喷|片|粒|支|袋|针|滴))|顿服"
)
HOW_OFTEN = FREQUENCY.pattern.replace("(?i)", "")
"""The same, to stand within a pattern."""
ROUTE = re.compile(
    r"(?i)(?<![a-z])(?:po|p\.o\.|iv|i\.v\.|sc|s\.c\.|subcut(?:aneous(?:ly)?)?|sq|im|inh(?:aled|aler)?|neb(?:ulised|ulized|s)?|pr|pv|sl|sublingual|"
    r"top(?:ical(?:ly)?)?|transdermal|intranasal|nasal|via (?:spacer|NG|PEG|nebuli[sz]er)|NG|PEG|by mouth|orally|oral|IVI|each eye|both eyes|(?:left|right|L|R) eye|patch)(?![a-z])"
    r"|口服|静滴|静脉滴注|静脉注射|静注|静推|皮下(?:注射)?|肌注|肌肉注射|吸入|雾化(?:吸入)?|外用|含服|舌下|鼻饲|滴眼|外贴|灌肠|泵入"
)
