using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Simulation.Linearizability;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Workloads;

/// <summary>Clients that ask registers and counters through all nodes, one question after the other, and write down what they were told.</summary>
internal sealed class Clients
{
    private const int Keys = 4;
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2), GiveUpAfter = TimeSpan.FromSeconds(3), ThinkMax = TimeSpan.FromMilliseconds(400);

    private readonly SimulatedCluster _cluster;
    private readonly Prng _random;
    private readonly Dictionary<string, int> _losses = []; // Looked up only.
    private readonly SortedDictionary<int, (string PersistenceId, Action AskAnew)> _asked = []; // By client.
    private long _nextValue;
    private int _running;
    private bool _isCounting;
    private bool _isStopped;

    private Clients(SimulatedCluster cluster) => (_cluster, _random) = (cluster, cluster.World.Random("clients"));

    /// <summary>What was asked of registers.</summary>
    public History<RegisterOperation, RegisterResult> Registers { get; } = new();

    /// <summary>What was asked of counters.</summary>
    public History<CounterOperation, long?> Counters { get; } = new();

    /// <summary>Questions that were answered.</summary>
    public long Answered { get; private set; }

    /// <summary>Questions without answer, among those asked after <see cref="CountUnanswered"/>.</summary>
    public long Unanswered { get; private set; }

    /// <summary>True when no client waits any more.</summary>
    public bool IsIdle => _running == 0;

    private MonotonicTime Now => new(_cluster.World.Agenda.Now);

    /// <summary>One of the objects that are in use.</summary>
    public static string KeyOf(ulong number) => $"k{number % Keys}";

    /// <summary>Lets <paramref name="count"/> clients begin.</summary>
    public static Clients Start(SimulatedCluster cluster, int count)
    {
        var clients = new Clients(cluster);
        for (var i = 0; i < count; i++) clients.Begin(i);
        return clients;
    }

    /// <summary>From now on every question is expected to be answered.</summary>
    public void CountUnanswered() => _isCounting = true;

    /// <summary>No client asks again.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>Events of an object are lost, as an operator has accepted: from here on it is another object. What is still under way is asked of the new one, and what
    /// clients have given up waiting for may reach that one, too.</summary>
    public void OnRolledBack(string persistenceId)
    {
        var slash = persistenceId.IndexOf('/', StringComparison.Ordinal);
        var (type, key) = (persistenceId[..slash], persistenceId[(slash + 1)..]);
        var old = ObjectOf(type, key);
        _losses[persistenceId] = _losses.GetValueOrDefault(persistenceId) + 1;
        if (type == ObjectUnits.RegisterType) AskAnew(Registers, old, ObjectOf(type, key));
        else if (type == ObjectUnits.CounterType) AskAnew(Counters, old, ObjectOf(type, key));
        foreach (var asked in _asked.Values)
            if (asked.PersistenceId == persistenceId) asked.AskAnew();
    }

    /// <summary>That object begins to serve, with an older state.</summary>
    public void OnRecoveredAfterLoss(string persistenceId, long state)
    {
        var slash = persistenceId.IndexOf('/', StringComparison.Ordinal);
        var (type, key) = (persistenceId[..slash], persistenceId[(slash + 1)..]);
        if (type == ObjectUnits.RegisterType)
            Registers.Complete(Registers.Invoke(-1, ObjectOf(type, key), RegisterOperation.Write(state), Now), RegisterResult.Done, Now);
        else if (type == ObjectUnits.CounterType)
            Counters.Complete(Counters.Invoke(-1, ObjectOf(type, key), CounterOperation.AddAndGet(state), Now), state, Now);
    }

    private void AskAnew<TOperation, TResult>(History<TOperation, TResult> history, string old, string now)
    {
        foreach (var call in history.Calls.Where(call => call.Key == old && call.Outcome == CallOutcome.Unknown && call.EndedAt is not null).ToArray())
            history.GiveUp(history.Invoke(call.Client, now, call.Operation, Now), Now);
    }

    private string ObjectOf(string type, string key) => _losses.GetValueOrDefault($"{type}/{key}") is > 0 and var losses ? $"{key} after loss {losses}" : key;

    /// <summary>What is wrong with the histories; null when each object behaved as if it were asked one thing after the other.</summary>
    public string? FindViolation()
    {
        var registers = LinearizabilityCheck.Run(Registers, new RegisterModel());
        if (registers.Verdict != LinearizabilityVerdict.Linearizable) return $"registers: {registers}";
        var counters = LinearizabilityCheck.Run(Counters, new CounterModel());
        return counters.Verdict != LinearizabilityVerdict.Linearizable ? $"counters: {counters}" : null;
    }

    private void Begin(int client)
    {
        _running++;
        Think(client);
    }

    private void Think(int client) => _cluster.After(_random.Below(ThinkMax), () => Ask(client));

    private void Ask(int client)
    {
        if (_isStopped)
        {
            _running--;
            return;
        }
        var node = _cluster.Nodes[(int)(_random.Next() % (ulong)_cluster.Nodes.Count)];
        if (!node.IsUp)
        {
            Think(client);
            return;
        }
        var key = KeyOf(_random.Next());
        if (_random.Chance(50)) AskRegister(client, node, key);
        else AskCounter(client, node, key);
    }

    private void AskRegister(int client, SimulatedNode node, string key)
    {
        var (operation, message) = (_random.Next() % 3) switch
        {
            0 => (RegisterOperation.Read, (object)new ReadRegister()),
            1 => Write(++_nextValue),
            _ => Replace(_random.Next() % 3 == 0 ? 0 : (long)(_random.Next() % (ulong)(_nextValue + 1)), ++_nextValue),
        };
        var call = Registers.Invoke(client, ObjectOf(ObjectUnits.RegisterType, key), operation, Now);
        _asked[client] = ($"{ObjectUnits.RegisterType}/{key}", () =>
        {
            Registers.GiveUp(call, Now);
            call = Registers.Invoke(client, ObjectOf(ObjectUnits.RegisterType, key), operation, Now);
        });
        Send(client, node, ObjectUnits.RegisterType, key, message,
            answer => Registers.Complete(call, answer.IsRefused ? RegisterResult.Refused : answer.HasValue ? RegisterResult.Of(answer.Value) : RegisterResult.Done, Now),
            () => Registers.GiveUp(call, Now));

        static (RegisterOperation, object) Write(long value) => (RegisterOperation.Write(value), new WriteRegister(value));

        static (RegisterOperation, object) Replace(long expected, long value) => (RegisterOperation.CompareAndSet(expected, value), new ReplaceInRegister(expected, value));
    }

    private void AskCounter(int client, SimulatedNode node, string key)
    {
        var amount = (long)(_random.Next() % 4);
        var call = Counters.Invoke(client, ObjectOf(ObjectUnits.CounterType, key), CounterOperation.AddAndGet(amount), Now);
        _asked[client] = ($"{ObjectUnits.CounterType}/{key}", () =>
        {
            Counters.GiveUp(call, Now);
            call = Counters.Invoke(client, ObjectOf(ObjectUnits.CounterType, key), CounterOperation.AddAndGet(amount), Now);
        });
        Send(client, node, ObjectUnits.CounterType, key, new AddToCounter(amount), answer => Counters.Complete(call, answer.Value, Now), () => Counters.GiveUp(call, Now));
    }

    /// <summary>One question. Its node may die meanwhile: then nobody answers, and the client gives up by itself.</summary>
    private void Send(int client, SimulatedNode node, string type, string key, object message, Action<ObjectAnswer> answered, Action givenUp)
    {
        var (hasEnded, counts) = (false, _isCounting);
        _cluster.After(GiveUpAfter, () => End(null));
        node.Run(n =>
        {
            var sharding = ClusterSharding.Get(n.System);
            if (!sharding.ShardTypeNames.Contains(type)) return; // It is up, and about to start what it hosts.
            var asked = sharding.ShardRegion(type).Ask<ObjectAnswer>(new ShardingEnvelope(key, message), AskTimeout);
            _ = asked.ContinueWith(
                done => End(done.IsCompletedSuccessfully ? done.Result : null), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        });

        void End(ObjectAnswer? answer)
        {
            if (hasEnded) return;
            hasEnded = true;
            _asked.Remove(client);
            if (answer is null)
            {
                if (counts) Unanswered++;
                givenUp();
            }
            else
            {
                Answered++;
                answered(answer);
            }
            Think(client);
        }
    }
}
