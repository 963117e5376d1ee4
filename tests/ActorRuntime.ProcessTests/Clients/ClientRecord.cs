using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorRuntime.Simulation.Linearizability;

namespace ActorRuntime.ProcessTests.Clients;

/// <summary>Where the clients of one process write down what they ask and what they are told: one line for a call, another for its
/// answer.</summary>
/// <remarks>
/// To a pipe: what is written is out of the process, whose disk may be full, and which may be killed at any moment. A line is one write of
/// less than a pipe takes at once (PIPE_BUF), so it is there as a whole or not at all. A call is written before it is asked and its time is
/// read before that; an answer after it is there. So a call that was never written was never asked, and one whose answer was not written is
/// of unknown outcome. Times are CLOCK_MONOTONIC, one clock for all processes of a machine.
/// </remarks>
/// <param name="clients">Number of the first client; those of other processes have others.</param>
internal sealed class ClientRecord(Stream output, int clients)
{
    private static readonly JsonSerializerOptions Form = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };
    private int _calls;

    /// <returns>The number of the call in this process.</returns>
    public int Invoke(int client, string key, RegisterOperation operation) => Invoke(new() { Client = clients + client, Key = key, Register = operation });

    /// <returns>The number of the call in this process.</returns>
    public int Invoke(int client, string key, CounterOperation operation) => Invoke(new() { Client = clients + client, Key = key, Counter = operation });

    public void Complete(int call, RegisterResult result) => Write(new() { Call = call, At = Now(), Told = result });

    public void Complete(int call, long sum) => Write(new() { Call = call, At = Now(), Sum = sum });

    /// <summary>Reads what was written; null for what is no whole line.</summary>
    public static ClientEvent? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<ClientEvent>(line, Form);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long Now() => Stopwatch.GetTimestamp();

    private int Invoke(ClientEvent call)
    {
        var at = Now();
        var number = Interlocked.Increment(ref _calls);
        Write(call with { Call = number, At = at });
        return number;
    }

    private void Write(ClientEvent line)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, Form), (byte)'\n'];
        lock (output) output.Write(bytes);
    }
}

/// <summary>A line of a record: a call when it has a key, else an answer.</summary>
internal sealed record ClientEvent
{
    /// <summary>Number of the call in its process, from 1.</summary>
    public int Call { get; init; }

    /// <summary>A reading of CLOCK_MONOTONIC.</summary>
    public long At { get; init; }

    public int Client { get; init; }

    public string? Key { get; init; }

    public RegisterOperation? Register { get; init; }

    public CounterOperation? Counter { get; init; }

    /// <summary>The answer of a register.</summary>
    public RegisterResult? Told { get; init; }

    /// <summary>The answer of a counter.</summary>
    public long? Sum { get; init; }
}
