"""A user's program with arrays of dask and xarray: checkers infer its types."""

from typing import assert_type

import dask.array
import numpy as np
from xarray import DataArray, Dataset

import pyconvolve.dask
import pyconvolve.dask.ndimage
import pyconvolve.xarray

lazy = dask.array.ones((8, 9), chunks=(4, 5))
assert_type(pyconvolve.dask.convolve(lazy, np.ones((3, 3)), "same"), dask.array.Array)
mean, weight = pyconvolve.dask.normalized_convolve(
    lazy, np.ones((3, 3)), return_weights=True
)
assert_type(mean, dask.array.Array)
assert_type(weight, dask.array.Array)
assert_type(pyconvolve.dask.ndimage.gaussian_filter(lazy, 1.0), dask.array.Array)

array = DataArray(np.ones((4, 5)), dims=("time", "space"))
variables = Dataset({"heat": array})
assert_type(pyconvolve.xarray.convolve(array, [1, 1], "time"), DataArray)
assert_type(pyconvolve.xarray.convolve(variables, [1, 1], "time"), Dataset)
mean_of, weight_of = pyconvolve.xarray.normalized_convolve(
    array, [1, 1], "time", return_weights=True
)
assert_type(weight_of, DataArray)
assert_type(pyconvolve.xarray.gaussian_filter(array, 1.0, dim="space"), DataArray)
assert_type(pyconvolve.xarray.sobel(variables, "space"), Dataset)
