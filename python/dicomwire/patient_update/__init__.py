"""Changes to patients, studies and series of an archive, as typed objects.

The service is private: N-ACTION requests whose action type says what to do, and whose action
information (an ordinary data set) says to whom. This room knows the twelve actions, checks them,
turns them into data sets and back, and carries them out on instances where no server does.
It talks to nobody; `dicomwire.PatientUpdaterScu` does.
"""
