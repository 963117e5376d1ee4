using System.Collections.Immutable;
using ActorRuntime.Simulation.Faults;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Scenarios;

/// <summary>What happens to a cluster in a run.</summary>
/// <param name="Name">For the command line.</param>
/// <param name="Description">One line.</param>
/// <param name="Draw">The script of a seed, for that many nodes.</param>
public sealed record Scenario(string Name, string Description, Func<Prng, int, ImmutableArray<Fault>> Draw)
{
    /// <summary>Nodes, unless told otherwise.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Time in which faults begin.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Nodes that join and leave again while it runs; 0 for none.</summary>
    public int Guests { get; init; }

    /// <summary>Somebody proposes entries, and each must be in the log once or never.</summary>
    public bool HasProposals { get; init; }

    /// <summary>Without faults: nobody may be muted, and nobody lost.</summary>
    public bool IsFaultless { get; init; }

    /// <summary>Clients that ask registers and counters, one after the other with a pause of at most 0.4 s; 0 for none.</summary>
    public int Clients { get; init; } = 4;

    /// <summary>Flows of numbers that last as long as <see cref="Length"/>; 0 for none.</summary>
    public int Flows { get; init; } = 2;

    /// <summary>What the local stores promise.</summary>
    public FlushPolicy Flush { get; init; }

    /// <summary>Units' events go to replicated logs, whatever the run says.</summary>
    public bool IsReplicated { get; init; }

    /// <summary>Whether the seed decides if all nodes are on one machine.</summary>
    public bool MayBeOneMachine { get; init; } = true;
}
