using Xunit;

namespace ActorRuntime.Cluster.Tests;

/// <summary>Tests that take all threads or cores of the process: nothing else may run beside them and wait for its turn meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ExhaustsTheProcess
{
    public const string Name = "exhausts the process";
}
