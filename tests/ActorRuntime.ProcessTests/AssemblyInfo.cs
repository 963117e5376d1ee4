using Xunit;

// Real processes, ports and a shared processor: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
