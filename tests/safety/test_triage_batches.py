"""Batches of messages written blind to the rules, held to the level they have reached since.

What each batch scored when it was first run - the honest figure for unseen messages - stands in its opening line;
the rules have since been mended by the batch, so these tests only keep what was won.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assistant.domain.answer import Urgency
from assistant.safety import second_reading
from assistant.safety.red_flag_lexicon import check_expressions, load_lexicon
from assistant.safety.red_flags import Message
from assistant.safety.triage import SECOND_READING, triage

BATCHES = Path(__file__).with_name("batches")
RAISED = {Urgency.EMERGENCY, Urgency.URGENT}
# Share of emergencies let be; called less than an emergency; share of calm messages flagged.
REACHED = {
    "batch_6a": (0.03, 0.03, 0.05),
    "batch_6b": (0.07, 0.09, 0.08),
    "batch_1": (0.0, 0.03, 0.03),
    "batch_2": (0.0, 0.2, 0.0),
    "batch_3": (0.0, 0.2, 0.03),
    "batch_4": (0.0, 0.22, 0.03),
    "batch_5": (0.05, 0.45, 0.1),
    "batch_7": (0.0, 0.0, 0.07),
    "batch_8": (0.0, 0.0, 0.04),
    "batch_9": (0.0, 0.0, 0.1),
    "batch_10": (0.0, 0.0, 0.0),
    "batch_11": (0.0, 0.0, 0.02),
}


# Crisis batches: least share answered as an emergency (plan or means), heard at all (passive), let be (look-alike).
CRISIS = {"crisis_a": (1.0, 1.0, 1.0), "crisis_b": (0.95, 1.0, 0.9), "crisis_c": (1.0, 1.0, 1.0)}


def _batch(name: str) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = yaml.safe_load((BATCHES / f"{name}.yaml").read_text(encoding="utf-8"))
    return rows


def test_every_batch_has_a_level_to_keep() -> None:
    assert {path.stem for path in BATCHES.glob("*.yaml")} == {*REACHED, *CRISIS, "calm_for_fitting"}


@pytest.mark.parametrize("name", REACHED)
def test_emergencies_of_a_batch_are_heard(name: str) -> None:
    silent, weak, _ = REACHED[name]
    said = {text: triage(text).urgency for text in _batch(name)["emergency"]}
    let_be = [text for text, urgency in said.items() if urgency not in RAISED]
    less = [text for text, urgency in said.items() if urgency is not Urgency.EMERGENCY]
    assert len(let_be) <= silent * len(said), let_be
    assert len(less) <= weak * len(said), less


@pytest.mark.parametrize("name", REACHED)
def test_calm_messages_of_a_batch_are_let_be(name: str) -> None:
    calm = _batch(name)["calm"]
    flagged = [text for text in calm if triage(text).urgency in RAISED]
    assert len(flagged) <= REACHED[name][2] * len(calm), flagged


@pytest.mark.parametrize("name", [name for name in REACHED if "plain" in _batch(name)])
def test_an_emergency_plainly_stated_is_always_heard(name: str) -> None:
    assert [text for text in _batch(name)["plain"] if triage(text).urgency is not Urgency.EMERGENCY] == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("my chest is killing me", "chest_pain_other"),
        ("my head is killing me, came on in a second", "subarachnoid"),
        ("my left ball is killing me since an hour ago", "testicular_torsion"),
        ("waters broke and there's a bit of cord hanging out", "cord_prolapse"),
        ("the scar from my hernia op has come open and bowel is bulging out", "wound_burst"),
        ("20 hours after the epidural my legs are still numb and getting weaker", "spinal_haematoma"),
        ("started carbamazepine 3 weeks ago, skin peeling off in sheets", "severe_skin_reaction"),
        ("on carbimazole, sore throat, 39.2 and shivering", "agranulocytosis_septic"),
        ("刀口崩开了，能看到肠子鼓出来", "wound_burst"),
        ("goitre out on Friday, neck under the dressing is swelling and tight", "neck_haematoma"),
        ("怀孕31周，垫子上一大片鲜红的血，一点不疼", "pregnancy_bleed_painless"),
        ("钉子扎了脚十来天，嘴张不开，后背一阵阵发硬", "tetanus_spasm"),
        ("生吞了三个鲤鱼胆", "gall_bladder_poisoning"),
        ("glugged some coolant from a bottle, engine coolant it was", "toxic_alcohol"),
        ("having three co-codamol every four hours with my back since Friday", "overdose"),
        ("my INR came back 7.4, no bleeding", "inr_far_above"),
        ("被它挠了手，就是楼下那只野猫，楼下的猫挠的", "animal_bite"),
        ("in the past hour my husband's mouth has drooped", "stroke_face_alone"),
        ("right arm and leg won't do what he tells them, he says he slept badly", "stroke_arm_and_leg"),
        ("My son swallowed a button battery. No one's sick. What if it's stuck?", "child_poisoning"),
        ("孩子刚把纽扣电池吞了，现在都好好的，万一卡住怎么办", "button_battery"),
        (
            "all of us have headaches with the boiler on, nobody collapsed, what if it's fumes",
            "carbon_monoxide",
        ),
        ("外公打咗胰島素冇食飯，嗌佢都唔應，成身濕晒汗", "collapse_now"),
        ("老人家吃了降糖药没吃饭，手指血1.8", "glucose_very_low"),
        ("bra fitting went well. Today he's been fitting for ten minutes", "seizure_emergency"),
        ("紧张的时候胸口压得喘不过气，左胳膊发麻", "severe_breathlessness"),
        ("threw a fit on the floor, jerking and foaming, still not awake", "seizure_emergency"),
        ("I will be gone by morning, please look after my dog", "suicide_plan"),
        ("numb to the waist since yesterday and my legs keep giving way", "cord_level"),
        ("肚脐以下没知觉，两条腿使不上劲", "cord_level"),
        (
            "kidney stones again, loin pain in waves, pee is pink, no fever, drinking fine",
            "kidney_stone_again",
        ),
        ("my diverticulitis is back, left side of my tummy is sore", "diverticulitis"),
        ("30 weeks, bump has been calmer than usual today, I do feel him", "baby_quieter"),
        ("left breast hot, red and hard, feeding a newborn, 38.6", "mastitis"),
        ("The leaflet was handy. This evening my chest is tight and my arm aches", "acs"),
        ("my left arm's gone numb and my speech is slurred", "stroke_limb"),
        ("弟弟停了药，说广播里有人命令他动手，枕头下放着菜刀", "psychosis_danger"),
    ],
)
def test_a_complaint_is_not_hidden_by_an_idiom_or_by_the_date_of_a_medicine(text: str, rule: str) -> None:
    assert rule in {flag.rule for flag in triage(text).red_flags}


@pytest.mark.parametrize(
    "text",
    [
        "the heat is killing me",
        "hanging out with friends by the river",
        "I was suicidal at sixteen, that was long ago and I'm well; can I give blood?",
        "my boy plays dead whenever the dog comes in",
        "leg day at the gym, my legs are dead",
        "the scar from my hernia op is a little open to the air now that the plaster is off",
        "my blood pressure this week was 128/80",
        "小时候高热惊厥过一次，现在四十岁了",
        "Our collie had a fit at the weekend, the vet has her on tablets. I'm fine, can I move my smear?",
        "If a beaver scout were bitten by an adder, do we carry them? Nobody's hurt, it's for our kit list",
        "It's sixteen months since my sepsis, back at work and well. Hair is thinning, is that usual?",
        "清仓价大出血，荷包吐血，问下周六门诊几点开",
        "贴着暖宝宝舒服多了，例假跟平时一样，验孕是白板",
        "INR blood test on 8 July, could I have a later slot?",
        "What if one of the twins got at the hearing aid's little batteries? Nobody has swallowed any",
        "准备给老家装个壁挂炉，要是煤气中毒了有啥表现？家里都好好的，先做个功课",
        "打算养狗，万一以后被咬要打几针疫苗？现在还没接回家",
        "She threw a wobbly about her blood test, have you numbing cream, and can I sit with her?",
        "下周要上台，想想就紧张得喘不过气来，哈哈就是怯场",
        "最近房贷压得我喘不过气，想挂心理门诊",
        "尿蛋白阴性，没有头疼，傍晚两只脚踝有点肿，产检哪天？",
        "these blisters are killing me after the 10k, ache gone by morning. plasters or leave them?",
        "TIA in 2019, all the scans done, nothing since. I need a repeat of clopidogrel",
        "我爸前年脑梗过，恢复得不错，没再犯过，下周补牙阿司匹林停吗",
        "坐久了脚有点麻，站起来就好",
        "火锅吃多了嘴角起泡，怎么护理",
    ],
)
def test_what_only_sounds_alike_is_let_be(text: str) -> None:
    assert triage(text).urgency not in RAISED


@pytest.mark.parametrize("name", CRISIS)
def test_a_crisis_is_answered_by_its_gravity(name: str) -> None:
    plan, passive, look_alike = CRISIS[name]
    said = {kind: [triage(text).urgency for text in texts] for kind, texts in _batch(name).items()}
    assert said["plan"].count(Urgency.EMERGENCY) >= plan * len(said["plan"])
    assert sum(urgency in RAISED for urgency in said["passive"]) >= passive * len(said["passive"])
    assert sum(urgency not in RAISED for urgency in said["look_alike"]) >= look_alike * len(
        said["look_alike"]
    )


def test_the_second_reading_only_adds_where_no_rule_raised_as_grave_an_alarm() -> None:
    added = 0
    for name in REACHED:
        for text in _batch(name)["emergency"]:
            flags = triage(text).red_flags
            for again in (f for f in flags if f.rule == SECOND_READING):
                added += 1
                assert again.urgency in RAISED
                assert all(f.urgency is not Urgency.EMERGENCY for f in flags if f.rule != SECOND_READING)
    assert added


def test_the_second_reading_hears_what_no_rule_has_words_for() -> None:
    text = "he keeps patting the wall and laughing since he came off the roof, one side of him is like wood"
    assert second_reading.read_again(Message(text)) in RAISED
    assert second_reading.read_again(Message("which bus goes to the clinic from the station?")) is None


def test_a_letter_is_read_stretch_by_stretch_unless_it_is_a_case_report() -> None:
    kind = "Thank you for the lovely garden party, my sister enjoyed the cakes and the raffle so much. "
    hidden = "Since tea my jaw has been locking and every noise makes my whole back arch like a bow. "
    letter = (
        kind * 2
        + hidden
        + "Could I also have the form for my bus pass and the date of the jumble sale? "
        + kind
    )
    assert triage(letter).urgency in RAISED
    assert triage(letter.replace(hidden, "")).urgency not in RAISED


def test_every_phrase_of_the_rules_is_a_regular_expression() -> None:
    check_expressions(load_lexicon())
