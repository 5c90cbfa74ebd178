"""Functions that cannot be recorded, each with its reason and the way out."""

from __future__ import annotations

from cutaway.tracing.registry import REFUSED


def _refuse(names: str, reason: str, prefix: str = "numpy.") -> None:
    REFUSED.update((prefix + name, reason) for name in names.split())


_refuse(
    "save savetxt savez savez_compressed array2string array_repr array_str",
    "it prints or writes; use float(x) or f'{x}' to look at a value, and save results after the function has returned",
)
_refuse(
    "fromfile frombuffer fromstring fromiter fromfunction genfromtxt loadtxt",
    "it reads data; read them before the function is recorded and pass the array as an argument",
)
_refuse(
    "busday_count busday_offset is_busday datetime_as_string datetime_data isnat",
    "it works on dates, which have no gradient; convert them to numbers before the function is recorded",
)
_refuse(
    "unique unique_all unique_counts unique_inverse unique_values union1d intersect1d setdiff1d setxor1d trim_zeros",
    "the shape of its result depends on the values; call it outside, on plain arrays, and pass what it gives",
)
_refuse(
    "histogram histogram2d histogramdd histogram_bin_edges",
    "its counts have no gradient; call it on plain arrays after the function has returned",
)
_refuse(
    "svd svdvals eig eigh eigvals eigvalsh qr pinv matrix_rank cond lstsq",
    "its derivative is not written; for least squares solve np.linalg.solve(A.T @ A, A.T @ b), else call it on plain "
    "arrays outside",
    "numpy.linalg.",
)
_refuse("polyfit roots polydiv", "it solves for coefficients; call it on plain arrays outside")
_refuse(
    "polyval2d polygrid2d polyvalnd polygridnd",
    "its derivative is not written; use np.polyval for each variable in turn",
    "numpy.polynomial.polynomial.",
)
_refuse("packbits unpackbits", "it works on bits, which have no gradient; call it on plain arrays outside")
_refuse("frexp", "it takes a number's bits apart; use np.log2(np.abs(x)) and np.floor")
_refuse("sort_complex", "it gives complex numbers, and recorded arrays are real; use np.sort")
_refuse(
    "fft fft2 fftn ifft ifft2 ifftn rfft rfft2 rfftn irfft irfft2 irfftn hfft ihfft",
    "it works on complex numbers, and recorded arrays are real; use np.convolve, or a product with a matrix of sines",
    "numpy.fft.",
)

_refuse("frompyfunc", "it calls Python for each entry and gives objects; use NumPy's functions, or np.vectorize")

_RECORDS = "arrays with named fields cannot be recorded; use one array for each field"
_refuse(
    "append_fields apply_along_fields assign_fields_by_name drop_fields find_duplicates join_by merge_arrays "
    "rec_append_fields rec_drop_fields rec_join recursive_fill_fields rename_fields repack_fields require_fields "
    "stack_arrays structured_to_unstructured unstructured_to_structured",
    _RECORDS,
    "numpy.lib.recfunctions.",
)

_TEXT = "it works on text, which has no gradient; convert it to numbers before the function is recorded"
_refuse(
    "_center _expandtabs _expandtabs_length _ljust _lstrip_chars _lstrip_whitespace _partition _partition_index "
    "_replace _rjust _rpartition _rpartition_index _rstrip_chars _rstrip_whitespace _slice _strip_chars "
    "_strip_whitespace _zfill count endswith find index isalnum isalpha isdecimal isdigit islower isnumeric isspace "
    "istitle isupper rfind rindex startswith str_len "
    "_join _rsplit _split _splitlines capitalize center decode encode expandtabs ljust lower mod multiply partition "
    "replace rjust rpartition swapcase title translate upper zfill lstrip rstrip strip slice",
    _TEXT,
    "numpy.strings.",
)
_refuse("equal greater greater_equal less less_equal not_equal", _TEXT, "numpy.char.")
_refuse("_ones_like", "it is not public; use np.ones_like", "numpy.strings.")
