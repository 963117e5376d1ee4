using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>A node of the model: a disk that outlives its lives.</summary>
internal sealed class ModelNode(string name)
{
    public string Name { get; } = name;

    public ulong Life { get; set; }

    public NodeKey Key => new(Name, Life);

    public ModelDisk? Disk { get; set; }

    /// <summary>Null while it is down.</summary>
    public ReplicaCore? Core { get; set; }

    /// <summary>Newest view applied.</summary>
    public long Applied { get; set; }

    public bool IsFlushing { get; set; }

    /// <summary>Wanted, and not sent.</summary>
    public List<ReplicaEffect.Propose> Proposals { get; } = [];

    /// <summary>Sent, and not known to have landed.</summary>
    public List<(long At, ReplicaEffect.Propose Proposal)> Inserted { get; } = [];

    /// <summary>The version of an insert is occupied.</summary>
    /// <returns>False when somebody else's entry is there: to be decided anew.</returns>
    public bool Settle(
        (long At, ReplicaEffect.Propose Proposal) inserted, ModelControlLog log, Action<ModelNode, Action<List<ReplicaEffect>>> perform, MonotonicTime now)
    {
        if (!ReferenceEquals(log.Landed.GetValueOrDefault(inserted.At), inserted.Proposal)) return false;
        perform(this, effects => Core!.OnProposalSettled(inserted.Proposal.Term, inserted.At, now, effects));
        return true;
    }

    public override string ToString() => $"{Key} {(Core is null ? "down" : $"{Core.Head.Height}/{Core.Committed} term {Core.Term}{(Core.IsOpen ? " open" : "")}")}";
}
