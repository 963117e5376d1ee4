using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;

namespace ActorRuntime.ProcessTests.Clients;

/// <summary>What the nodes of a scenario host beside flows: registers and counters. What changes them is answered once it is committed.</summary>
internal static class ObjectUnits
{
    public const string RegisterType = "register", CounterType = "counter";
    private const int Shards = 8;

    private static readonly HashCodeMessageExtractor Extractor = HashCodeMessageExtractor.Create(Shards, static _ => null);

    /// <summary>Hosts both types on a node.</summary>
    public static void Start(ActorSystem system)
    {
        var sharding = ClusterSharding.Get(system);
        var settings = ClusterShardingSettings.Create(system);
        sharding.Start(RegisterType, id => Props.CreateBy(() => new Register(id)), settings, Extractor);
        sharding.Start(CounterType, id => Props.CreateBy(() => new Counter(id)), settings, Extractor);
    }

    /// <summary>Reads, and refusals, rest on what is in memory: on the lease of the node, that is, and on nothing else.</summary>
    private sealed class Register : ReceivePersistentActor
    {
        private const int SnapshotEvery = 50;

        private long _value;

        public Register(string id)
        {
            PersistenceId = $"{RegisterType}/{id}";
            Recover<RegisterWas>(was => _value = was.Value);
            Recover<SnapshotOffer>(offer => _value = ((RegisterWas)offer.Snapshot).Value);
            Command<ReadRegister>(_ => Sender.Tell(new RegisterAnswer(_value, IsRefused: false)));
            Command<WriteRegister>(write => Become(write.Value));
            Command<ReplaceInRegister>(replace =>
            {
                if (replace.Expected == _value) Become(replace.Value);
                else Sender.Tell(new RegisterAnswer(null, IsRefused: true));
            });
            Command<SaveSnapshotSuccess>(_ => { });
            Command<SaveSnapshotFailure>(_ => { });
        }

        public override string PersistenceId { get; }

        private void Become(long value) => Persist(new RegisterWas(value), was =>
        {
            _value = was.Value;
            Sender.Tell(new RegisterAnswer(null, IsRefused: false));
            if (LastSequenceNr % SnapshotEvery == 0) SaveSnapshot(new RegisterWas(_value));
        });
    }

    /// <summary>Every answer stands on an event of its own, also one that adds nothing: on the term of the node, whatever its lease.</summary>
    private sealed class Counter : ReceivePersistentActor
    {
        private long _sum;

        public Counter(string id)
        {
            PersistenceId = $"{CounterType}/{id}";
            Recover<CounterRose>(rose => _sum += rose.Amount);
            Command<AddToCounter>(add => Persist(new CounterRose(add.Amount), rose =>
            {
                _sum += rose.Amount;
                Sender.Tell(new CounterAnswer(_sum));
            }));
        }

        public override string PersistenceId { get; }
    }
}

[WireType("test-read-register")]
internal sealed record ReadRegister;

[WireType("test-write-register")]
internal sealed record WriteRegister(long Value);

[WireType("test-replace-in-register")]
internal sealed record ReplaceInRegister(long Expected, long Value);

/// <param name="Value">What was read; null for a write.</param>
/// <param name="IsRefused">Another value than the expected one was found.</param>
[WireType("test-register-answer")]
internal sealed record RegisterAnswer(long? Value, bool IsRefused);

[WireType("test-add-to-counter")]
internal sealed record AddToCounter(long Amount);

[WireType("test-counter-answer")]
internal sealed record CounterAnswer(long Sum);

[WireType("test-register-was")]
internal sealed record RegisterWas(long Value);

[WireType("test-counter-rose")]
internal sealed record CounterRose(long Amount);
