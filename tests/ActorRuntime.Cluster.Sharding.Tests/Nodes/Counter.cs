using ActorRuntime.Actor;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>A unit that adds up what it is told and answers with the sum once it is durable.</summary>
public sealed class Counter : ReceivePersistentActor
{
    public const string Type = "counter";
    private long _sum;

    public Counter(string id)
    {
        PersistenceId = $"{Type}/{id}";
        Recover<Added>(added => _sum += added.Amount);
        Command<Add>(add => Persist(new Added(add.Amount), added =>
        {
            _sum += added.Amount;
            Sender.Tell(new Sum(_sum));
        }));
        Command<GetSum>(_ => Sender.Tell(new Sum(_sum)));
        Command<Fail>(_ => throw new InvalidOperationException("told to fail"));
        Command<Rest>(_ => Context.Parent.Tell(new Passivate(PoisonPill.Instance)));
    }

    public override string PersistenceId { get; }

    public static HashCodeMessageExtractor Extractor { get; } = HashCodeMessageExtractor.Create(10, _ => null);
}

[WireType("test-add")]
public sealed record Add(long Amount);

[WireType("test-added")]
public sealed record Added(long Amount);

[WireType("test-get-sum")]
public sealed record GetSum;

[WireType("test-sum")]
public sealed record Sum(long Value);

[WireType("test-fail")]
public sealed record Fail;

[WireType("test-rest")]
public sealed record Rest;
