"""kubectl commands carried out in process: the API requests that kubectl would send."""
