"""Which attributes say who a patient is, and which UIDs name what a copy has anew."""

from __future__ import annotations

__all__ = ["EMPTY_ALLOWED", "INSTANCE_UIDS", "PATIENT_ATTRIBUTES"]

PATIENT_ATTRIBUTES = (
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "QualityControlSubject",
    "StrainDescription",
    "StrainNomenclature",
    "StrainStockSequence",
    "StrainAdditionalInformation",
    "StrainCodeSequence",
    "GeneticModificationsSequence",
    "PatientBirthTime",
    "PatientBirthDateInAlternativeCalendar",
    "PatientDeathDateInAlternativeCalendar",
    "PatientAlternativeCalendar",
    "PatientInsurancePlanCodeSequence",
    "PatientPrimaryLanguageCodeSequence",
    "OtherPatientIDs",
    "OtherPatientNames",
    "OtherPatientIDsSequence",
    "PatientBirthName",
    "PatientAddress",
    "PatientMotherBirthName",
    "ReferencedPatientSequence",
    "ReferencedPatientPhotoSequence",
    "MilitaryRank",
    "BranchOfService",
    "CountryOfResidence",
    "RegionOfResidence",
    "PatientTelephoneNumbers",
    "PatientTelecomInformation",
    "EthnicGroup",
    "EthnicGroupCodeSequence",
    "PatientReligiousPreference",
    "PatientComments",
    "PatientSpeciesDescription",
    "PatientSpeciesCodeSequence",
    "PatientBreedDescription",
    "PatientBreedCodeSequence",
    "BreedRegistrationSequence",
    "ResponsiblePerson",
    "ResponsiblePersonRole",
    "ResponsibleOrganization",
)
"""What says who a patient is, beside the ID and who issued it.

That is the Patient module (PS3.3 section C.7.1.1) and the attributes of the Patient Identification
and Patient Demographic modules (sections C.2.2 and C.2.3) that modalities add to it. What says that
somebody was de-identified is not here: it holds for the instance, whoever the patient is.
"""

EMPTY_ALLOWED = frozenset({"PatientID", "PatientName", "PatientBirthDate", "PatientSex"})
"""Type 2 in the Patient module: present in every instance, perhaps without a value."""

INSTANCE_UIDS = frozenset(
    {
        "ConcatenationUID",
        "ConceptualVolumeUID",
        "DimensionOrganizationUID",
        "FrameOfReferenceUID",
        "MultiFrameSourceSOPInstanceUID",
        "ObservationUID",
        "PyramidUID",
        "ReferencedConceptualVolumeUID",
        "ReferencedFrameOfReferenceUID",
        "ReferencedSOPInstanceUID",
        "RelatedFrameOfReferenceUID",
        "SOPInstanceUID",
        "SOPInstanceUIDOfConcatenationSource",
        "SeriesInstanceUID",
        "SourceConceptualVolumeUID",
        "SourceFrameOfReferenceUID",
        "StudyInstanceUID",
        "SynchronizationFrameOfReferenceUID",
        "TableFrameOfReferenceUID",
        "TargetFrameOfReferenceUID",
        "TrackingUID",
        "VolumeFrameOfReferenceUID",
    }
)
"""UIDs of studies, series, instances and what is defined by them: a copy has others.

UIDs of devices, of specimens and of events (irradiation, treatment sessions) stay: these things
exist once, whoever is told of them.
"""
