"""Pairs that any pharmacist expects a warning of, and pairs beside them that must stay quiet."""

from __future__ import annotations

import pytest

from knowledge.formulary import Formulary, open_formulary

RANK = {"note": 0, "caution": 1, "stop": 2}
EXPECTED = """
warfarin + metronidazole: caution | warfarin + co-trimoxazole: caution | warfarin + clarithromycin: caution
warfarin + cefoperazone: caution | warfarin + cimetidine: caution | warfarin + colestyramine: caution | warfarin + leflunomide: caution
simvastatin + clarithromycin: stop | atorvastatin + clarithromycin: caution | rosuvastatin + lopinavir/ritonavir: caution
ramipril + spironolactone: caution | ramipril + potassium chloride: caution | ramipril + co-trimoxazole: caution | losartan + tacrolimus: caution
ibuprofen + apixaban: stop | ibuprofen + lithium: stop | ibuprofen + tenofovir disoproxil: caution | ibuprofen + desmopressin: caution
sertraline + tramadol: caution | sertraline + linezolid: stop | citalopram + omeprazole: caution | paroxetine + metoprolol: caution
fluoxetine + amitriptyline: caution | fluvoxamine + clozapine: caution | fluoxetine + pimozide: stop | agomelatine + ciprofloxacin: stop
haloperidol + amiodarone: stop | moxifloxacin + sotalol: stop | escitalopram + ondansetron: caution | domperidone + clarithromycin: stop
methotrexate + trimethoprim: stop | methotrexate + ciclosporin: caution | azathioprine + allopurinol: stop | azathioprine + sulfasalazine: caution
digoxin + amiodarone: caution | digoxin + diltiazem: caution | digoxin + rifampicin: caution | clopidogrel + omeprazole: caution
clopidogrel + fluoxetine: caution | lithium + ramipril: caution | lithium + hydrochlorothiazide: caution | lithium + metronidazole: caution
apixaban + rifampicin: stop | dabigatran + dronedarone: stop | dabigatran + ciclosporin: stop | edoxaban + verapamil: caution
sildenafil + isosorbide mononitrate: stop | sildenafil + ritonavir: caution | theophylline + ciprofloxacin: stop | theophylline + rifampicin: caution
theophylline + cimetidine: caution | tizanidine + ciprofloxacin: stop | ciclosporin + tacrolimus: stop | vincristine + itraconazole: stop
amlodipine + clarithromycin: caution | flecainide + amiodarone: caution | adenosine + dipyridamole: caution | metformin + dolutegravir: caution
gliclazide + miconazole: stop | repaglinide + clarithromycin: caution | insulin glargine + pioglitazone: caution | levothyroxine + colestyramine: caution
amphotericin b + furosemide: caution | linezolid + noradrenaline: caution | metronidazole + disulfiram: stop | rifampicin + bedaquiline: stop
triazolam + itraconazole: stop | valproate + phenytoin: caution | lamotrigine + carbamazepine: caution | imipenem/cilastatin + ganciclovir: caution
nirmatrelvir/ritonavir + amiodarone: stop | nirmatrelvir/ritonavir + amlodipine: caution | methadone + efavirenz: caution
carbamazepine + risperidone: caution | tamoxifen + estradiol: stop | isotretinoin + vitamin a: stop | oxytocin + misoprostol: caution
venetoclax + clarithromycin: caution | pirfenidone + fluvoxamine: stop | ondansetron + apomorphine: stop | fingolimod + bisoprolol: caution
suxamethonium + pyridostigmine: caution | dexamethasone + aprepitant: caution | acetazolamide + topiramate: caution
"""
QUIET = """
amlodipine + ramipril | metformin + gliclazide | paracetamol + warfarin | bisoprolol + ramipril | bisoprolol + digoxin | bisoprolol + ivabradine
atorvastatin + ezetimibe | aspirin + clopidogrel | sertraline + lorazepam | citalopram + pantoprazole | clopidogrel + pantoprazole
amoxicillin + warfarin | cefalexin + warfarin | apixaban + bisoprolol | levothyroxine + ramipril | salbutamol + tiotropium
methotrexate + folic acid | prednisolone + alendronic acid | furosemide + ramipril | insulin glargine + metformin | doxycycline + omeprazole
pravastatin + clarithromycin | rosuvastatin + clarithromycin | azithromycin + simvastatin | rifampicin + isoniazid | levetiracetam + apixaban
"""


@pytest.fixture(scope="module")
def formulary() -> Formulary:
    return open_formulary()


def pairs(text: str) -> list[str]:
    return [pair.strip() for line in text.strip().splitlines() for pair in line.split("|")]


@pytest.mark.parametrize("pair", pairs(EXPECTED))
def test_an_expected_pair_has_a_row_at_least_as_grave(formulary: Formulary, pair: str) -> None:
    names, least = pair.rsplit(": ", 1)
    a, b = names.split(" + ")
    rows = formulary.interactions(a, b)
    assert rows, f"{pair} has no row"
    assert RANK[rows[0].row.severity] >= RANK[least], rows[0].text()


@pytest.mark.parametrize("pair", pairs(QUIET))
def test_a_pair_of_everyday_care_is_not_warned_of(formulary: Formulary, pair: str) -> None:
    a, b = pair.split(" + ")
    assert a in formulary.medicines
    assert b in formulary.medicines
    warnings = [row.text() for row in formulary.interactions(a, b) if row.row.severity != "note"]
    assert warnings == []
