"""Networks of many kinds on one split of a data set: every combination of some choices, trained, measured, compared.

From what is compared to what is shown: `grid` parts the work into units, `work` does one, `run` does them all and keeps
them in `log`; `result` is what came of it, `claims` what may be said of it; `figures` and `folder` show it.
"""
