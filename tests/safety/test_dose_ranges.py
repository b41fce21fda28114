"""Orders as a ward writes them raise no dose alert; the same order with the point one place to the right does."""

from __future__ import annotations

import re

import pytest

from assistant.domain.answer import Alert
from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines

ADULT = """
enalapril 20 mg BD | captopril 12.5 mg TDS | benazepril 10 mg once daily | fosinopril 10 mg once daily
irbesartan 300 mg once daily | telmisartan 80 mg once daily | olmesartan 40 mg once daily | azilsartan 40 mg once daily
atenolol 50 mg once daily | nebivolol 5 mg once daily | propranolol 40 mg TDS | labetalol 200 mg BD
nifedipine 30 mg once daily | felodipine 5 mg once daily | lercanidipine 10 mg once daily | nimodipine 60 mg every 4 hours
verapamil 80 mg TDS | diltiazem 240 mg once daily | hydrochlorothiazide 25 mg once daily | indapamide 1.5 mg once daily
chlortalidone 25 mg once daily | bumetanide 1 mg once daily | torasemide 20 mg once daily | eplerenone 25 mg once daily
doxazosin 4 mg once daily | clonidine 100 micrograms TDS | methyldopa 500 mg TDS | hydralazine 25 mg TDS
isosorbide mononitrate 60 mg once daily | nicorandil 10 mg BD | ivabradine 5 mg BD | ranolazine 500 mg BD
flecainide 100 mg BD | propafenone 150 mg TDS | dronedarone 400 mg BD | pravastatin 40 mg nocte | fenofibrate 160 mg once daily
ezetimibe 10 mg once daily | prasugrel 10 mg once daily | cilostazol 100 mg BD | fondaparinux 2.5 mg SC once daily
tranexamic acid 1 g TDS | sildenafil 20 mg TDS | tadalafil 5 mg once daily | glipizide 5 mg BD | repaglinide 1 mg TDS
pioglitazone 30 mg once daily | acarbose 50 mg TDS | linagliptin 5 mg once daily | vildagliptin 50 mg BD
canagliflozin 100 mg once daily | semaglutide 0.5 mg SC once a week | liraglutide 1.2 mg SC once daily
carbimazole 20 mg once daily | methimazole 10 mg once daily | hydrocortisone 100 mg IV QDS | methylprednisolone 500 mg IV once daily
fludrocortisone 100 micrograms once daily | phenoxymethylpenicillin 500 mg QDS | flucloxacillin 1 g IV QDS
co-amoxiclav 625 mg TDS | co-amoxiclav 1.2 g IV TDS | piperacillin/tazobactam 4.5 g IV TDS | cefuroxime 1.5 g IV TDS
cefuroxime 500 mg BD | cefuroxime 750 mg TDS | ceftazidime 2 g IV TDS | cefepime 2 g IV TDS | meropenem 1 g IV TDS
ertapenem 1 g IV once daily | erythromycin 500 mg QDS | clindamycin 300 mg QDS | moxifloxacin 400 mg once daily
minocycline 100 mg BD | amikacin 1 g IV once daily | teicoplanin 400 mg IV once daily | linezolid 600 mg BD
daptomycin 500 mg IV once daily | co-trimoxazole 960 mg BD | trimethoprim 200 mg BD | metronidazole 400 mg TDS
metronidazole 500 mg IV TDS | rifampicin 600 mg once daily | isoniazid 300 mg once daily | ethambutol 1 g once daily
fluconazole 200 mg once daily | voriconazole 200 mg BD | terbinafine 250 mg once daily | aciclovir 800 mg five times a day
valaciclovir 1 g TDS | entecavir 0.5 mg once daily | quinine 300 mg nocte | meloxicam 15 mg once daily
etoricoxib 60 mg once daily | ketorolac 30 mg IV QDS | dihydrocodeine 30 mg QDS | tapentadol 100 mg BD | methadone 30 mg once daily
naloxone 400 micrograms IV | febuxostat 80 mg once daily | fluoxetine 20 mg once daily | paroxetine 20 mg once daily
venlafaxine 75 mg BD | duloxetine 60 mg once daily | nortriptyline 25 mg nocte | mirtazapine 30 mg nocte | trazodone 100 mg nocte
bupropion 150 mg BD | buspirone 10 mg BD | clonazepam 0.5 mg BD | alprazolam 0.5 mg TDS | temazepam 10 mg nocte
zolpidem 10 mg nocte | melatonin 2 mg nocte | olanzapine 10 mg nocte | aripiprazole 15 mg once daily | clozapine 100 mg BD
amisulpride 200 mg BD | haloperidol decanoate 100 mg IM every 4 weeks | olanzapine 300 mg IM every 2 weeks
risperidone 37.5 mg IM every 2 weeks | aripiprazole 400 mg IM every 4 weeks | methylphenidate 18 mg once daily
oxcarbazepine 300 mg BD | phenobarbital 60 mg nocte | topiramate 50 mg BD | lacosamide 100 mg BD | donepezil 10 mg nocte
rivastigmine 3 mg BD | memantine 20 mg once daily | pramipexole 0.7 mg TDS | ropinirole 2 mg TDS | rasagiline 1 mg once daily
entacapone 200 mg QDS | trihexyphenidyl 2 mg TDS | sumatriptan 50 mg | rizatriptan 10 mg | betahistine 16 mg TDS
baclofen 10 mg TDS | tizanidine 4 mg TDS | aminophylline 225 mg BD | budesonide 3 mg TDS | budesonide 200 micrograms BD inhaled
tiotropium 18 micrograms inhaled once daily | cetirizine 10 mg once daily | fexofenadine 180 mg once daily | chlorphenamine 4 mg QDS
esomeprazole 40 mg BD | lansoprazole 30 mg once daily | rabeprazole 20 mg BD | famotidine 20 mg BD | sucralfate 1 g QDS
prochlorperazine 5 mg TDS | cyclizine 50 mg TDS | granisetron 1 mg IV | hyoscine butylbromide 20 mg QDS | loperamide 2 mg QDS
senna 15 mg nocte | mesalazine 2.4 g once daily | sulfasalazine 1 g BD | ursodeoxycholic acid 250 mg TDS
ciclosporin 100 mg BD | mycophenolate 1 g BD | leflunomide 20 mg once daily | tofacitinib 5 mg BD | capecitabine 1500 mg BD
tamoxifen 20 mg once daily | letrozole 2.5 mg once daily | finasteride 5 mg once daily | solifenacin 5 mg once daily
mirabegron 50 mg once daily | desmopressin 100 micrograms nocte | zoledronic acid 5 mg IV | denosumab 60 mg SC | folic acid 5 mg once daily
thiamine 100 mg BD | ferrous sulfate 200 mg BD | calcitriol 0.25 micrograms once daily | warfarin 3 mg once daily
glyceryl trinitrate 400 micrograms PRN | glyceryl trinitrate patch 10 mg daily | nitrofurantoin 100 mg BD | doxycycline 100 mg BD
"""
CHILD = """
amoxicillin 250 mg TDS | co-amoxiclav 312 mg TDS | cefotaxime 800 mg IV TDS | ceftriaxone 1 g IV once daily
flucloxacillin 250 mg QDS | erythromycin 250 mg QDS | metronidazole 120 mg TDS | aciclovir 160 mg IV TDS
fluconazole 50 mg once daily | prednisolone 20 mg once daily | chlorphenamine 1 mg QDS | ibuprofen 150 mg TDS
phenobarbital 60 mg nocte | topiramate 25 mg BD | hydrocortisone 50 mg IV QDS | furosemide 16 mg BD | captopril 5 mg TDS
"""


def orders(text: str) -> list[str]:
    return [order.strip() for line in text.strip().splitlines() for order in line.split("|")]


def times_ten(order: str) -> str:
    return re.sub(r"\d+(?:\.\d+)?", lambda m: f"{float(m[0]) * 10:g}", order, count=1)


def dose_alerts(order: str, patient: str) -> list[Alert]:
    record = read_chart(f"{patient}, eGFR 90, NKDA. Regular medicines: {order}.")
    found = cross_check(record, ordered_medicines(record), language="en")
    return [alert for alert in found if alert.kind.value == "dose"]


MAN = "60 M, 75 kg"
GIRL = "Girl, 5 years old, 16 kg"


@pytest.mark.parametrize("order", orders(ADULT))
def test_a_usual_adult_order_raises_no_dose_alert(order: str) -> None:
    assert [a.text for a in dose_alerts(order, MAN)] == []


@pytest.mark.parametrize("order", orders(CHILD))
def test_a_usual_childs_order_raises_no_dose_alert(order: str) -> None:
    assert [a.text for a in dose_alerts(order, GIRL)] == []


def test_ten_times_a_usual_order_is_flagged_and_half_of_them_stopped() -> None:
    every = [(times_ten(order), MAN) for order in orders(ADULT)]
    every += [(times_ten(order), GIRL) for order in orders(CHILD)]
    alerts = {order: dose_alerts(order, patient) for order, patient in every}
    silent = sorted(order for order, found in alerts.items() if not found)
    stopped = [order for order, found in alerts.items() if any(a.severity.value == "stop" for a in found)]
    assert len(silent) <= 0.05 * len(alerts), silent
    assert len(stopped) >= 0.50 * len(alerts), len(stopped)
