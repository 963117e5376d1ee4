using Xunit;

// What mostly waits runs beside others; the rest afterwards.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

namespace ActorRuntime.ProcessTests;

/// <summary>Tests on the ports of this machine, or with all of its processors: one at a time, beside nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "one at a time";
}
