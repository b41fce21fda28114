"""Sets common misspellings right before rules read a message, and keeps the way back to each original place.

Owns no medical meaning. The text as the person wrote it is never changed; only a copy is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_FOLD = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "，": "，"})
_TRADITIONAL = str.maketrans(
    "頭腦臉體腫腳膽腸腎發燒熱藥飲飯鐘點時間現剛後個兩幾萬還沒無應響動覺識說話講聽見視問讓給過進來開關壓緊氣難嘔瀉淚濕凍暈癱軟彎斷傷創療醫診護針顆"
    "種樣這邊側處裡裏對錯誤爐電車蟲貓膚癢紅黃綠藍蒼嚇懷產嬰兒媽爺婦歲週長輕嚴劇絞脹悶顫搖癇風驚褲墊塊數雙單獨樓層殺遺書絕別離親愛憂鬱慮夠會麼嗎為"
    "從與並卻將僅當場總結續繼變壞狀況陽陰測檢驗術劑蕁嚨嚥顎頸頰齒膿潰瘡漿臟脈顱癥徵撐攣蓋滾燙濃鹼鋁鉛農魚雞鴨螫蠍誰認記語亂塗靜烏騎馬駕駛連幫請謝"
    "約掛號張預備課業劃壇溫攝餓飽嘗嚐飄飆擔條臍撲懸禮豬筆紙員園圍國團圓鈕釦鐵鋼銳鏡紗綁繩橋頂臺鎮遲鈍隻餵啞聲聾貼膠滿淨乾壯強勁減穩緩髒慘殘燈煙霧"
    "濛矇夢嘆歎願賴負擾",
    "头脑脸体肿脚胆肠肾发烧热药饮饭钟点时间现刚后个两几万还没无应响动觉识说话讲听见视问让给过进来开关压紧气难呕泻泪湿冻晕瘫软弯断伤创疗医诊护针颗"
    "种样这边侧处里里对错误炉电车虫猫肤痒红黄绿蓝苍吓怀产婴儿妈爷妇岁周长轻严剧绞胀闷颤摇痫风惊裤垫块数双单独楼层杀遗书绝别离亲爱忧郁虑够会么吗为"
    "从与并却将仅当场总结续继变坏状况阳阴测检验术剂荨咙咽颚颈颊齿脓溃疮浆脏脉颅症征撑挛盖滚烫浓碱铝铅农鱼鸡鸭蜇蝎谁认记语乱涂静乌骑马驾驶连帮请谢"
    "约挂号张预备课业划坛温摄饿饱尝尝飘飙担条脐扑悬礼猪笔纸员园围国团圆纽扣铁钢锐镜纱绑绳桥顶台镇迟钝只喂哑声聋贴胶满净干壮强劲减稳缓脏惨残灯烟雾"
    "蒙蒙梦叹叹愿赖负扰",
)
"""The characters of Hong Kong and Taiwan that complaints are written in, one for one: the rules are spelt in simplified ones."""
_WIDE = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_SHORTEST_GUESSED = 5


def _one_letter_less(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


class Speller:
    """Known misspellings by table; other words one letter (or one swap) off the vocabulary by deletion index."""

    def __init__(
        self, misspelt: Mapping[str, str], vocabulary: Iterable[str], real_words: Iterable[str]
    ) -> None:
        self._table = dict(misspelt)
        self._vocabulary = frozenset(vocabulary)
        self._real = frozenset(real_words) | self._vocabulary
        self._index: dict[str, str] = {}
        for word in sorted(self._vocabulary):
            for key in (word, *_one_letter_less(word)):
                self._index.setdefault(key, word)
        self._guess = lru_cache(maxsize=4096)(self._guess_once)

    def correct(self, word: str) -> str:
        """``word`` as the rules spell it; itself when it is no near miss."""
        known = self._table.get(word)
        if known is not None:
            return known
        return word if len(word) < _SHORTEST_GUESSED or word in self._real else self._guess(word)

    def _guess_once(self, word: str) -> str:
        if word.endswith(("s", "ed", "ing")) and word.rstrip("s") in self._vocabulary:
            return word
        if word.endswith("in") and word + "g" in self._vocabulary:
            return word + "g"
        for key in (word, *_one_letter_less(word)):
            near = self._index.get(key)
            if near is not None and near[0] == word[0] and _one_step(word, near):
                return near
        return word

    def normalise(self, text: str) -> tuple[str, list[int], list[int]]:
        """The text to read, with places in it and the offsets in ``text`` they stand for (both ascending)."""
        folded = "".join(
            c.lower() if len(c.lower()) == 1 else c
            for c in text.translate(_FOLD).translate(_WIDE).translate(_TRADITIONAL)
        )
        pieces: list[str] = []
        places, offsets = [0], [0]
        length, done = 0, 0
        for match in _WORD.finditer(folded):
            word = match.group()
            right = self.correct(word)
            if right == word:
                continue
            pieces += [folded[done : match.start()], right]
            length += match.start() - done
            places.append(length)
            offsets.append(match.start())
            length += len(right)
            places.append(length)
            offsets.append(match.end())
            done = match.end()
        pieces.append(folded[done:])
        return "".join(pieces), places, offsets


def _one_step(word: str, near: str) -> bool:
    """One insertion, deletion, substitution or swap of neighbours apart."""
    if abs(len(word) - len(near)) > 1:
        return False
    if len(word) != len(near):
        longer, shorter = sorted((word, near), key=len, reverse=True)
        return shorter in set(_one_letter_less(longer))
    differing = [i for i, (a, b) in enumerate(zip(word, near, strict=True)) if a != b]
    if len(differing) == 1:
        # A changed last letter is nearly always another inflection or another word.
        return len(word) >= 6 and differing[0] < len(word) - 1
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    i, j = differing
    return word[i] == near[j] and word[j] == near[i]
