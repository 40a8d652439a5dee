import { list, type TopicLexicon } from './topic-lexicon.ts'

export const health: TopicLexicon = {
  topic: 'health',
  people: list('doctor, nurse, patient, surgeon, dentist, pharmacist, therapist, paramedic, dietician, specialist, caregiver'),
  things:
    list(`thermometer, bandage, wheelchair, syringe, prescription, vaccine, stethoscope, clinic, hospital, ambulance, diagnosis, symptom,
    fever, cough, allergy, operation, headache, heartbeat, infection, tooth, knee, shoulder, lung, stomach, diet, check-up, blood test,
    treatment, rash, plaster, ward, waiting room, muscle, nerve, sore throat, pulse, tablet, hearing aid`),
  stuff: list(`painkillers, vitamins, antibiotics, sleep, blood pressure, ointment, eye drops, breathing exercises, side effects, crutches,
    cough syrup, medicine, fibre, germs, X-rays, bruises, stitches, migraines, calories, bacteria, sneezes, cramps`),
  qualities: list('medical, chronic, sterile, feverish, elderly, dental, surgical, infected, swollen, allergic, dizzy'),
  places: list(`in the clinic, at the hospital, in the waiting room, at the pharmacy, in the ambulance, on the ward, at the dentist,
    in the emergency room, in the operating theatre, at the health centre, beside the sickbed`),
  actions: list(`measure/measured/measuring the {quality} patient
    prescribe/prescribed/prescribing {stuff} and {stuff}
    bandage/bandaged/bandaging the {quality} {thing}
    treat/treated/treating the {quality} {thing}
    examine/examined/examining the {thing}
    swallow/swallowed/swallowing the {stuff}
    vaccinate/vaccinated/vaccinating the {quality} {person}
    diagnose/diagnosed/diagnosing a {quality} {thing}
    cure/cured/curing the {thing}
    recover/recovered/recovering from the {quality} {thing}
    listen/listened/listening to the heartbeat
    sterilise/sterilised/sterilising the {thing}
    massage/massaged/massaging the {quality} {thing}
    admit/admitted/admitting the {quality} {person}
    take/took/taking {stuff} against the {thing}
    monitor/monitored/monitoring the pulse
    cough/coughed/coughing all night
    operate/operated/operating on the {quality} {thing}
    suffer/suffered/suffering from {stuff}
    refer/referred/referring the patient to a {person}`),
  facts: list(`a {quality} {thing} often heals after {duration} of rest
    {stuff} may help against a {thing} but never cure a {quality} {thing}
    the {person} wore gloves and a mask on the ward
    wash your hands before you touch the {quality} {thing}
    the {thing} returned although the patient took {stuff}
    too little sleep may lead to a {quality} {thing}
    the {person} found no cause for the {quality} {thing}
    children with a {thing} should drink water and avoid {stuff}
    the dose of {stuff} depends on age and weight
    the {quality} ward has a {thing} for every {person}`),
  aspects: list(
    'treatment, consultation, nursing care, bedside manner, therapy session, diet plan, medication, check-up, waiting area, recovery, exercise plan, reception desk',
  ),
  wholes: list('clinic, hospital, pharmacy, yoga course, dental practice, health centre, sleep clinic, spa'),
  praise: list('soothing, caring, healing, painless, hygienic, compassionate, refreshing, revitalising, attentive'),
  complaint: list('painful, unhygienic, sickening, exhausting, harmful, neglectful, overdosed, stressful, draining'),
}
