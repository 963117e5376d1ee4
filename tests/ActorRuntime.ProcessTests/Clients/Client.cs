using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Simulation.Linearizability;

namespace ActorRuntime.ProcessTests.Clients;

/// <summary>Asks registers and counters through its node, one question after the other, for as long as the node lives.</summary>
/// <param name="number">From 0 in each process.</param>
/// <param name="values">Where the values that it writes begin: no two clients write the same.</param>
internal sealed class Client(ActorSystem system, int number, long values, ClientRecord record)
{
    /// <summary>Of each type. Few, so that many ask the same one at once.</summary>
    public const int Keys = 6;

    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2), ThinkMax = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new();
    private readonly long[] _seen = new long[Keys];
    private long _value = values;

    public async Task RunAsync()
    {
        while (!system.WhenTerminated.IsCompleted)
        {
            await Task.Delay(ThinkMax * _random.NextDouble());
            var key = _random.Next(Keys);
            if (_random.Next(2) == 0) await AskRegisterAsync(key);
            else await AskCounterAsync(key);
        }
    }

    private async Task AskRegisterAsync(int key)
    {
        var (operation, message) = _random.Next(3) switch
        {
            0 => (RegisterOperation.Read, (object)new ReadRegister()),
            1 => (RegisterOperation.Write(++_value), new WriteRegister(_value)),
            _ => (RegisterOperation.CompareAndSet(_seen[key], ++_value), new ReplaceInRegister(_seen[key], _value)),
        };
        var call = record.Invoke(number, $"{ObjectUnits.RegisterType}-{key}", operation);
        if (await AskAsync<RegisterAnswer>(ObjectUnits.RegisterType, key, message) is not { } answer) return;
        record.Complete(call, new RegisterResult(answer.Value, answer.IsRefused));
        if (!answer.IsRefused) _seen[key] = answer.Value ?? _value;
    }

    private async Task AskCounterAsync(int key)
    {
        var amount = _random.Next(4);
        var call = record.Invoke(number, $"{ObjectUnits.CounterType}-{key}", CounterOperation.AddAndGet(amount));
        if (await AskAsync<CounterAnswer>(ObjectUnits.CounterType, key, new AddToCounter(amount)) is { } answer) record.Complete(call, answer.Sum);
    }

    /// <returns>Null when there was no answer in time, or no way to ask.</returns>
    private async Task<T?> AskAsync<T>(string type, int key, object message) where T : class
    {
        try
        {
            var asked = ClusterSharding.Get(system).ShardRegion(type).Ask<T>(new ShardingEnvelope($"k{key}", message), AskTimeout);
            return await asked.WaitAsync(AskTimeout * 2);
        }
        catch (Exception e) when (e is TimeoutException or ActorRuntimeException)
        {
            return null; // Also once the system has ended. The question may have left.
        }
    }
}
