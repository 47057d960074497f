"""Convolution and correlation with missing samples: the computation behind both."""
