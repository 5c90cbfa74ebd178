"""Does the update do what its gradients say? One file for each way of going wrong; all read the same steps."""
